# A source file without its comments; newlines stay, so that line numbers hold.
package CodeOnly;
use strict;
use warnings;

sub slurp {
    my ($path) = @_;
    local $/;
    open my $in, '<', $path or die "$path: $!\n";
    return scalar <$in>;
}

sub newlines { return "\n" x ($_[0] =~ tr/\n//) }

# C++: string and character literals are emptied too, except in #include lines.
sub cpp {
    my $text = slurp($_[0]);
    $text =~ s{
        (?<include> ^[ \t]*\#[ \t]*include[^\n]*)
      | (?<comment> //[^\n]* | /\*.*?\*/)
      | (?<raw> \bR"(?<tag>[^(\s]*)\(.*?\)\g{tag}")
      | (?<string> "(?:[^"\\\n]|\\.)*")
      | (?<number> \b[0-9][0-9a-zA-Z_']*)
      | (?<character> '(?:[^'\\\n]|\\.)+')
    }{
        my $all = $&;
        if (defined $+{include}) { $all =~ s(//.*)()r }
        elsif (defined $+{number}) { $all }
        elsif (defined $+{comment}) { ' ' . newlines($all) }
        elsif (defined $+{character}) { "' '" }
        else { '""' . newlines($all) }
    }gsmxe;
    return $text;
}

# SQL: strings and function bodies stay, SQL inside them is SQL as well.
sub sql {
    my $text = slurp($_[0]);
    $text =~ s{
        (?<string> '(?:[^']|'')*' | "[^"]*")
      | (?<comment> --[^\n]* | /\*.*?\*/)
    }{ defined $+{string} ? $+{string} : ' ' . newlines($&) }gsxe;
    return $text;
}

# Calls BODY with (text of the match, line) for every match of PATTERN in TEXT.
sub each_match {
    my ($text, $pattern, $body) = @_;
    while ($text =~ /$pattern/g) {
        my ($from, $to) = ($-[0], $+[0]);
        $body->(substr($text, $from, $to - $from), 1 + newlines_before($text, $from), $to);
    }
    return;
}

sub newlines_before { return substr($_[0], 0, $_[1]) =~ tr/\n// }

1;
