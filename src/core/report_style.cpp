// The look of the report: one face of the system, few colours, all of them at least 4.5:1 on both grounds.

#include "core/report_parts.hpp"

namespace tenancy::core {

const char report_style[] = R"css(
:root{color-scheme:light dark;--ground:#fcfcfa;--raised:#f3f2ee;--line:#d5d3cb;--text:#1c1f23;--dim:#5a5f66;--link:#1d4f91;--ok:#1b6440;--warning:#7d5200;--error:#a4230f;--info:#46566b;--bar:#47719f}
@media screen and (prefers-color-scheme:dark){:root{--ground:#16181b;--raised:#202327;--line:#3a3f46;--text:#e6e5e1;--dim:#a4a9b0;--link:#93bdf0;--ok:#78c89b;--warning:#e3b75f;--error:#ff9d8a;--info:#a9bacf;--bar:#6f9fd3}}
*{box-sizing:border-box}
html{background:var(--ground);color:var(--text);font:15px/1.45 system-ui,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:76rem;padding:1.5rem 1.25rem 3rem}
h1{font-size:1.45rem;line-height:1.25;margin:0 0 .9rem;font-weight:600;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.4rem 0 .6rem;padding-top:.7rem;border-top:1px solid var(--line);font-weight:600}
h3{font-size:1rem;margin:1.5rem 0 .4rem;font-weight:600;overflow-wrap:anywhere}
p,ul,dl,figure{margin:.5rem 0}
p{max-width:52rem}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code,.c,pre{font-family:ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92em}
.c{overflow-wrap:anywhere;unicode-bidi:isolate}
.dim{color:var(--dim)}
pre{margin:.4rem 0;padding:.5rem .7rem;background:var(--raised);border:1px solid var(--line);border-radius:3px;white-space:pre-wrap;overflow-wrap:anywhere;-webkit-user-select:all;user-select:all}
.verdict{padding:.9rem 1.1rem 1rem;background:var(--raised);border:1px solid var(--line);border-left:.5rem solid var(--dim);border-radius:3px}
.verdict.ok{border-left-color:var(--ok)}
.verdict.warning{border-left-color:var(--warning)}
.verdict.error{border-left-color:var(--error)}
.verdict .sentence{margin:0;padding-left:1.3em;text-indent:-1.3em;font-size:1.15rem;font-weight:600;max-width:none;overflow-wrap:anywhere}
.verdict ul{margin:.7rem 0 0;padding:0;list-style:none}
.verdict li{margin:.2rem 0;padding-left:1.3em;text-indent:-1.3em;overflow-wrap:anywhere}
.verdict li a{color:inherit;text-decoration-color:var(--dim);text-decoration-thickness:1px;text-underline-offset:.2em}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.25rem 1.5rem;margin:1rem 0}
.facts div{min-width:0}
.facts dt{display:inline;color:var(--dim)}
.facts dt::after{content:":"}
.facts dd{display:inline;margin:0;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:1rem 0 0;padding:0;list-style:none}
.scroll{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.28rem .6rem .28rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{color:var(--dim);font-weight:600;font-size:.87em;vertical-align:bottom;border-bottom-width:2px}
tbody th{font-weight:400;min-width:10rem}
td.num,th.num{text-align:right;white-space:nowrap}
.y,.n,.w,.i{white-space:nowrap}
.y::before{content:"\2713"}
.n::before{content:"\2717"}
.w::before{content:"!"}
.i::before{content:"\2013"}
.y::before,.n::before,.w::before,.i::before{display:inline-block;width:1.3em;text-indent:0;text-align:left;font-weight:700}
.y::before{color:var(--ok)}
.n,.n::before{color:var(--error)}
.n{font-weight:600}
.w,.w::before{color:var(--warning)}
.i,.i::before{color:var(--dim)}
.verdict .sentence,.verdict li,.level{white-space:normal}
.verdict .sentence,.verdict li{color:var(--text)}
.verdict li{font-weight:400}
tr.bad>th{font-weight:600}
.why{display:block;white-space:normal;font-weight:400;color:var(--error)}
tr.group th{padding-top:.9rem;color:var(--dim);font-weight:600;border-bottom-width:1px}
table.matrix{width:auto}
table.matrix thead th.op{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left;vertical-align:bottom;padding:.3rem .1rem;max-height:16rem}
table.plain thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.plain tbody th{width:38%}
td bdi{overflow-wrap:anywhere}
td.col{min-width:5.8rem}
table.matrix td{text-align:center;padding-left:.2rem;padding-right:.2rem}
table.matrix td span::before{width:1.2em;text-align:center}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
details{margin:.5rem 0}
summary{cursor:pointer;padding:.2rem 0;overflow-wrap:anywhere}
summary h3{display:inline;margin:0}
figure svg{display:block;max-width:46rem;overflow:visible}
figcaption{color:var(--dim);font-size:.87em}
svg text{fill:var(--text);font-size:13px;unicode-bidi:isolate}
svg text.v{text-anchor:end;font-variant-numeric:tabular-nums}
svg .track{fill:var(--raised)}
svg .bar{fill:var(--bar)}
svg .error{fill:var(--error)}
svg .warning{fill:var(--warning)}
svg .info{fill:var(--bar)}
svg .waived{fill:var(--dim)}
footer{margin-top:2.5rem;padding-top:.8rem;border-top:1px solid var(--line);color:var(--dim);font-size:.9em}
@media (max-width:40rem){html{font-size:14px}body{padding:1rem .8rem 2rem}h1{font-size:1.25rem}.verdict .sentence{font-size:1.05rem}tbody th{min-width:11rem}table.plain tbody th{min-width:0;width:45%}}
@media print{
@page{margin:14mm}
:root{--ground:#fff;--raised:#fff;--line:#aaa;--dim:#444}
html{font-size:9.5pt}
body{max-width:none;padding:0}
nav{display:none}
a{color:inherit;text-decoration:none}
h2,h3,summary{break-after:avoid}
tr,figure,pre,.verdict{break-inside:avoid}
thead{display:table-header-group}
.scroll{overflow:visible}
svg .track{stroke:#aaa;stroke-width:.5}
svg rect,.verdict{-webkit-print-color-adjust:exact;print-color-adjust:exact}
details:not([open])::details-content{content-visibility:visible;block-size:auto}
details:not([open])>:not(summary){display:block}
summary{list-style:none}
}
)css";

} // namespace tenancy::core
