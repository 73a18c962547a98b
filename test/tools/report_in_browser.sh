#!/usr/bin/env bash
# Opens a page of tenancy.report() in a headless Chromium that has no network, and says what is wrong with it.
#
#   report_in_browser.sh PAGE.html [FOLDER]   FOLDER: where light.png, dark.png, narrow.png and page.pdf are left
#
# The page is opened twice: as it is, and without its Content-Security-Policy, which would hide a name that broke
# out of its place. One line for each check, "ok NAME" or "FAIL NAME: why"; nonzero exit status after a FAIL.
# Without a browser: "skip all: why".
set -euo pipefail
export LC_ALL=C.UTF-8
[ $# -ge 1 ] || { echo "usage: $0 PAGE.html [FOLDER]" >&2; exit 2; }
page=$(realpath "$1")
browser=$(command -v chromium || command -v google-chrome || :)
if [ -z "$browser" ]; then
    echo "skip all: no chromium; test/tools/install_deps.sh --browser installs it"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=${2:-$work}
mkdir -p "$out"
status=0
check() { # NAME PROBLEM
    if [ -z "$2" ]; then echo "ok $1"; else
        echo "FAIL $1: $2"
        status=1
    fi
}

# Without network twice over: no name resolves, and what asks by number meets a proxy that is not there.
# A namespace without interfaces where we may have one.
alone=()
if unshare --net true 2>/dev/null; then alone=(unshare --net); elif unshare --user --map-root-user --net true 2>/dev/null; then alone=(unshare --user --map-root-user --net); fi
browse() { # OPTION... URL
    timeout --kill-after=10 90 "${alone[@]}" "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
        --user-data-dir="$(mktemp -d "$work/profile.XXXXXX")" --disable-background-networking --disable-component-update --disable-sync --disable-extensions \
        --host-resolver-rules='MAP * ~NOTFOUND' --proxy-server=127.0.0.1:9 "$@" 2>>"$work/browser.log"
}

bare=$work/bare.html
grep -v 'http-equiv="Content-Security-Policy"' "$page" >"$bare"
check policy-is-there "$(if cmp -s "$page" "$bare"; then echo 'the page has no Content-Security-Policy'; fi)"
expected=$(sed -n 's|^<title>\(.*\)</title>$|\1|p' "$page" | head -n 1)
for form in page bare; do
    browse --virtual-time-budget=3000 --log-net-log="$work/$form.net" --dump-dom "file://${!form}" >"$work/$form.dom" || :
    check "$form-opens" "$([ -s "$work/$form.dom" ] || tail -n 3 "$work/browser.log")"
    # What is left of the page when all its scripts, if it had any, have run.
    python3 - "$form" "$page" "$work/$form.dom" "$work/$form.net" "$expected" >"$work/$form.said" <<'P' || :
import html, os, re, sys
from html.parser import HTMLParser
form, page, dom, net, expected = sys.argv[1:]
class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.bad, self.title, self.inside, self.svg = {}, [], '', '', 0
    def handle_starttag(self, tag, attributes):
        self.svg += tag == 'svg'
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.inside = tag
        if tag in ('script', 'img', 'iframe', 'object', 'embed', 'link', 'form', 'input', 'base', 'video', 'audio', 'image', 'use', 'a') and not (tag == 'a' and all(n == 'href' and v.startswith('#') for n, v in attributes)):
            self.bad.append('<%s>' % tag)
        for name, value in attributes:
            if name.startswith('on') or name in ('src', 'srcset', 'action', 'style', 'srcdoc') or name == 'href' and not value.startswith('#'):
                self.bad.append('<%s %s>' % (tag, name))
    def handle_endtag(self, tag):
        self.svg -= tag == 'svg'
        self.inside = ''
    def handle_data(self, data):
        if self.inside == 'title' and not self.svg:
            self.title += data
def read(name):
    with open(name, encoding='utf-8', newline='') as file:
        seen = Seen()
        seen.feed(file.read())
        return seen
def say(name, problem):
    print('%s\t%s' % (name, problem.replace('\n', ' ')))
was, now = read(page), read(dom)
say('title', '' if now.title == html.unescape(expected) and expected else 'it is %r, not %r' % (now.title, expected))
say('runs-nothing', ' '.join(sorted(set(now.bad))))
without = lambda tags: {t: n for t, n in tags.items() if t != 'meta'}
say('keeps-its-elements', '' if without(was.tags) == without(now.tags) else 'the parser made others: %s, %s' % (sorted(set(was.tags.items()) - set(now.tags.items())), sorted(set(now.tags.items()) - set(was.tags.items()))))
text = open(net, encoding='utf-8', errors='replace').read()
# The browser asks its maker for things of its own; the page may ask for nothing but itself.
own = r'(chrome|devtools|about)[-:]|https?://([a-z0-9.-]+\.)?(google|googleapis|gvt1|gstatic)\.com[:/]'
urls = {u for u in re.findall(r'"url":"([^"]*)"', text) if not re.match(own, u)}
say('asks-for-nothing', ' '.join(sorted(u for u in urls if not u.endswith('/' + os.path.basename(page if form == 'page' else 'bare.html')))[:3]))
P
    [ -s "$work/$form.said" ] || check "$form" 'the DOM could not be read'
    while IFS=$'\t' read -r name problem; do check "$form-$name" "$problem"; done <"$work/$form.said"
done

# Not blank: more than a few colours, and the ground light or dark, by the first pixel.
look() { # NAME WIDTH light|dark OPTION...
    local name=$1 width=$2 ground=$3
    shift 3
    browse --window-size="$width,1400" --screenshot="$out/$name.png" "$@" "file://$page" >/dev/null || :
    check "$name-screenshot" "$(python3 - "$out/$name.png" "$width" "$ground" <<'P' 2>&1 || :
import struct, sys, zlib
name, width, ground = sys.argv[1], int(sys.argv[2]), sys.argv[3]
data = open(name, 'rb').read()
assert data[:8] == b'\x89PNG\r\n\x1a\n', 'no PNG'
at, body = 8, b''
while at < len(data):
    size, kind = struct.unpack('>I4s', data[at:at + 8])
    chunk = data[at + 8:at + 8 + size]
    if kind == b'IHDR':
        w, h, depth, colour = struct.unpack('>IIBB', chunk[:10])
    if kind == b'IDAT':
        body += chunk
    at += 12 + size
channels = {2: 3, 6: 4}[colour]
raw, line, rows = zlib.decompress(body), w * channels, []
above = bytearray(line)
for y in range(h):
    kind, row = raw[y * (line + 1)], bytearray(raw[y * (line + 1) + 1:(y + 1) * (line + 1)])
    for x in range(line):
        left = row[x - channels] if x >= channels else 0
        corner = above[x - channels] if x >= channels else 0
        if kind == 1: row[x] = row[x] + left & 255
        elif kind == 2: row[x] = row[x] + above[x] & 255
        elif kind == 3: row[x] = row[x] + (left + above[x]) // 2 & 255
        elif kind == 4:
            p = left + above[x] - corner
            a, b, c = abs(p - left), abs(p - above[x]), abs(p - corner)
            row[x] = row[x] + (left if a <= b and a <= c else above[x] if b <= c else corner) & 255
    rows.append(row)
    above = row
colours, first = set(), tuple(rows[0][:3])
ink = 0
for row in rows:
    for x in range(0, line, channels):
        pixel = tuple(row[x:x + 3])
        colours.add(pixel)
        ink += pixel != first
if w != width: print('it is', w, 'wide')
elif len(colours) < 20 or ink < w * h / 100: print('it is blank:', len(colours), 'colours')
elif (sum(first) > 384) != (ground == 'light'): print('its ground is', first)
P
)"
}
look light 1200 light --blink-settings=preferredColorScheme=1
look dark 1200 dark --blink-settings=preferredColorScheme=0
look narrow 500 light --blink-settings=preferredColorScheme=1
browse --no-pdf-header-footer --print-to-pdf="$out/page.pdf" "file://$page" >/dev/null || :
check prints "$([ "$(head -c 5 "$out/page.pdf" 2>/dev/null)" = '%PDF-' ] && [ "$(wc -c <"$out/page.pdf")" -gt 10000 ] || echo 'no PDF came')"

# By the rules of HTML5: html5lib is strict about what a browser forgives.
if /usr/bin/python3 -c 'import html5lib' 2>/dev/null; then
    check is-html5 "$(/usr/bin/python3 - "$page" <<'P' 2>&1 | head -n 3 | tr '\n' ' '
import sys, html5lib
parser = html5lib.HTMLParser(strict=False)
parser.parse(open(sys.argv[1], 'rb'), transport_encoding='utf-8')
for position, code, data in parser.errors:
    print(position, code, data)
P
)"
else
    echo "skip is-html5: no html5lib"
fi
# Every id is one, and every reference leads to one.
check ids-are-unique "$(grep -oE ' id="[^"]*"' "$page" | sort | uniq -d | tr '\n' ' ')"
check links-lead-somewhere "$(comm -23 <(grep -oE 'href="#[^"]*"' "$page" | sed 's/.*#//; s/"//' | sort -u) <(grep -oE ' id="[^"]*"' "$page" | sed 's/.*="//; s/"//' | sort -u) | tr '\n' ' ')"
exit $status
