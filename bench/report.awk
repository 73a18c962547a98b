# Counts to Markdown. Input files, in this order:
#   goals        <shape>/<variant> <at most> <why>
#   shapes.txt   shape|title|units|unit|runs|t or f: must all variants return the same?
#   counts.txt   <round> <shape> <variant> <runs> <rows> <instructions> <value>   (round 0: library not loaded)
#   seconds.txt  <variant> <seconds> <rows> <rows with the right module>
# A shape with a variant `base` is about what ours and its peers add to it (to `plpgsql_base`, PL/pgSQL): its
# goals divide these differences.
# Exit status: 1 when a goal is missed, 3 when variants of a shape did different work.
# -v head=<text to print first>  -v rounds=<n>  -v gate=1 prints the goals only.

function thousands(n,    text, out) {
    text = sprintf("%.0f", n)
    for (out = ""; length(text) > 3; text = substr(text, 1, length(text) - 3))
        out = "," substr(text, length(text) - 2) out
    return text out
}
function middle(values, key,    n, list, i, j, v) {
    n = split(values, list, " ")
    for (i = 2; i <= n; i++) {
        v = list[i] + 0
        for (j = i - 1; j > 0 && list[j] + 0 > v; j--) list[j + 1] = list[j]
        list[j + 1] = v
    }
    if (key != "" && list[1] > 0 && list[n] / list[1] - 1 > spread) {
        spread = list[n] / list[1] - 1
        widest = key
    }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function ir(shape, variant) { return ((shape, variant) in per_unit) ? per_unit[shape, variant] : 0 }
function cell(shape, variant) { return ir(shape, variant) ? thousands(ir(shape, variant)) : "–" }
function ratio(shape, a, b) {
    return ir(shape, a) && ir(shape, b) ? sprintf("%.3f", ir(shape, a) / ir(shape, b)) : "–"
}
function signed(d) { return (d < 0 ? "−" : "+") thousands(d < 0 ? -d : d) }
function added(shape) { return ir(shape, "ours") ? signed(ir(shape, "ours") - ir(shape, "hand")) : "–" }
function base_of(shape, variant) {
    return ((shape, variant "_base") in per_unit) ? per_unit[shape, variant "_base"] : ir(shape, "base")
}
# What a goal compares: counts, or what they add to their base.
function weight(shape, variant) {
    return ir(shape, variant) ? ir(shape, variant) - base_of(shape, variant) : 0
}
function weights(shape, a, b) {
    return weight(shape, a) && weight(shape, b) ? sprintf("%.3f", weight(shape, a) / weight(shape, b)) : "–"
}
function seconds(variant) { return sprintf("%.2f", per_unit["seconds", variant]) }
function models_table(    i, s, full) {
    print "\n| what the model's triggers add | base | ours | added | PL/pgSQL, base | PL/pgSQL | added | ours ÷ PL/pgSQL |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= shapes; i++) {
        s = shape_name[i]
        if (!ir(s, "base")) continue
        full = ir(s, "plpgsql") > 0
        printf "| %s (per %s) | %s | %s | %s | %s | %s | %s | %s |\n", title[s], unit[s], cell(s, "base"), \
            cell(s, "ours"), signed(weight(s, "ours")), cell(s, "plpgsql_base"), cell(s, "plpgsql"), \
            full ? signed(weight(s, "plpgsql")) : "–", weights(s, "ours", "plpgsql")
    }
    if (("seconds", "ours") in per_unit)
        printf "| INSERT … SELECT of 100,000 changes, seconds of a processor | %s | %s | %+.2f | %s | %s | %+.2f | %s |\n", \
            seconds("base"), seconds("ours"), weight("seconds", "ours"), seconds("plpgsql_base"), \
            seconds("plpgsql"), weight("seconds", "plpgsql"), weights("seconds", "ours", "plpgsql")
    print "\nBase of the INSERTs: the change names its module. Otherwise its path alone says it."
}
function peer(shape, variant) {
    return ir(shape, variant) ? cell(shape, variant) " (" ratio(shape, variant, "hand") ")" : "–"
}

FILENAME == ARGV[1] {
    if ($0 ~ /^[ \t]*(#|$)/) next
    goal_name[++goals] = $1; goal_max[goals] = $2
    why = $0; sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+/, "", why); goal_why[goals] = why
    next
}
FILENAME == ARGV[2] {
    split($0, part, "|")
    shape_name[++shapes] = part[1]; title[part[1]] = part[2]
    units[part[1]] = part[3]; unit[part[1]] = part[4]
    runs[part[1]] = part[5]; compared[part[1]] = part[6] == "t"
    next
}
FILENAME == ARGV[4] {
    key = "seconds" SUBSEP $1
    timed[key] = timed[key] " " $2
    if ($3 != $4) {
        printf "%s: %s of %s changes got their module\n", $1, $4, $3 > "/dev/stderr"
        broken = 1
    }
    next
}
{
    key = $2 SUBSEP $3
    if ($1 == 0) { bare[key] = $6 / $4 / units[$2]; next }
    samples[key] = samples[key] " " $6 / $4 / units[$2]
    if (!($2 in did)) did[$2] = $5 " " $7
    else if (compared[$2] && did[$2] != $5 " " $7) {
        printf "%s: %s gave %s rows, value %s; another variant gave %s\n", $2, $3, $5, $7, did[$2] > "/dev/stderr"
        broken = 1
    }
}
END {
    for (key in samples) per_unit[key] = middle(samples[key], key)
    for (key in timed) per_unit[key] = middle(timed[key], "")
    for (i = 1; i <= goals; i++) {
        split(goal_name[i], part, "/")
        goal_text[part[1]] = goal_text[part[1]] (goal_text[part[1]] ? "; " : "") "≤ " goal_max[i] " × " part[2]
    }
    print head
    if (!gate) {
        print "| shape | hand-written | generic parameter | ours | ours ÷ hand | ours − hand | naive | sub-select | PL/pgSQL | goal |"
        print "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|"
        for (i = 1; i <= shapes; i++) {
            s = shape_name[i]
            if (!ir(s, "hand")) continue
            printf "| %s (per %s) | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", title[s], unit[s], \
                cell(s, "hand"), cell(s, "parameter"), cell(s, "ours"), ratio(s, "ours", "hand"), added(s), \
                peer(s, "naive"), peer(s, "subselect"), peer(s, "plpgsql"), goal_text[s]
        }
        printf "\nExecutions counted per round: "
        for (i = 1; i <= shapes; i++)
            printf "%s %s%s", shape_name[i], runs[shape_name[i]], (i < shapes) ? ", " : ".\n"
        line = ""
        for (i = 1; i <= shapes; i++) {
            s = shape_name[i]
            if (((s SUBSEP "hand") in bare) && ir(s, "hand"))
                line = line sprintf("%s%s %.4f", line ? ", " : "", s, ir(s, "hand") / bare[s SUBSEP "hand"])
        }
        models_table()
        if (line) print "\nThe hand-written statements with the library loaded, beside a server without it: " line "."
    }
    if (!gate) print ""
    print "| goal: ours divided by | ours | other | ratio | at most | |"
    print "|---|--:|--:|--:|--:|---|"
    for (i = 1; i <= goals; i++) {
        split(goal_name[i], part, "/")
        about_base = ir(part[1], "base") > 0
        r = about_base ? weights(part[1], "ours", part[2]) : ratio(part[1], "ours", part[2])
        met = r != "–" && r + 0 <= goal_max[i] + 0
        if (!met) missed = 1
        printf "| %s | %s | %s | %s | %s | %s |\n", goal_name[i], \
            about_base ? signed(weight(part[1], "ours")) : cell(part[1], "ours"), \
            about_base ? signed(weight(part[1], part[2])) : cell(part[1], part[2]), r, goal_max[i], r == "–" ? "**not measured**" : met ? "met" : "**missed**"
    }
    split(widest, part, SUBSEP)
    if (rounds > 1)
        printf "\nWidest spread between rounds: %.2f %% (%s, %s).\n", 100 * spread, part[1], part[2]
    exit broken ? 3 : missed ? 1 : 0
}
