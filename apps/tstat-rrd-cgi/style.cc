// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/html.h"

namespace tstat::viewer {
namespace {

constexpr std::string_view kStyle =
    R"(/* One column on a telephone, two from 60 rem on; colours of the day or of the night. */
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --card: #ffffff; --ink: #1c2430; --dim: #55606e; --line: #d6dce3;
  --accent: #0b5cad; --accent-ink: #ffffff; --soft: #e6eff8; --warn: #8a4b00; --warn-ground: #fff4e2;
  --radius: .6rem;
  font: 100%/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --card: #1b212b; --ink: #e4e9ef; --dim: #a3aebb; --line: #323b48;
    --accent: #7cb8f5; --accent-ink: #0c1622; --soft: #22303f; --warn: #ffc57a; --warn-ground: #33270f;
  }
}
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
a { color: var(--accent); text-underline-offset: .15em; }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible,
summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0; }
pre { overflow-x: auto; font-size: .85rem; margin: 0; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.top { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center;
  padding: .75rem clamp(1rem, 3vw, 2.5rem); background: var(--card); border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; font-size: 1.15rem; color: var(--ink); text-decoration: none; }
.trace { display: flex; gap: .5rem; align-items: center; min-width: 0; }
.trace label { color: var(--dim); }
.places { display: flex; gap: 1rem; margin-left: auto; }
select, input, button { font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: .4rem; padding: .35rem .6rem; min-width: 0; max-width: 100%; }
.trace select { flex: 0 1 18rem; }
button { background: var(--accent); color: var(--accent-ink); border-color: var(--accent); cursor: pointer;
  flex: none; }
.note { padding: .75rem clamp(1rem, 3vw, 2.5rem); color: var(--dim); }
.layout { display: grid; gap: 1.5rem; padding: 1.5rem clamp(1rem, 3vw, 2.5rem); }
main { min-width: 0; }
.menus { display: flex; flex-direction: column; gap: .5rem; min-width: 0; order: 1; }
.menus details { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); }
.menus summary { padding: .5rem .9rem; font-weight: 600; cursor: pointer; }
.menus ul { list-style: none; margin: 0; padding: 0 .4rem .5rem; }
.menus li a { display: block; padding: .3rem .5rem; border-radius: .4rem; text-decoration: none;
  color: var(--ink); font-size: .92rem; line-height: 1.35; }
.menus li a:hover { background: var(--soft); }
.menus li a[aria-current] { background: var(--soft); color: var(--accent); font-weight: 600; }
.controls { display: grid; gap: .6rem; margin-bottom: 1.25rem; }
.row { display: flex; flex-wrap: wrap; gap: .4rem .8rem; align-items: center; }
.row h2 { flex: 0 0 5.5rem; font-size: .85rem; font-weight: 600; color: var(--dim); }
.choice { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem; margin: 0; padding: 0; }
.choice a { display: block; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 1rem;
  background: var(--card); color: var(--ink); text-decoration: none; font-size: .9rem; }
.choice a:hover { border-color: var(--accent); }
.choice a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.updated { margin: 0 0 0 auto; color: var(--dim); font-size: .9rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius);
  padding: 1rem; margin: 0 0 1rem; min-width: 0; }
.card > h2 { margin-bottom: .5rem; }
.card > p { margin: 0 0 .6rem; color: var(--dim); font-size: .92rem; }
.card img { display: block; width: 100%; height: auto; max-width: 60rem; }
.graph img { margin: 0 auto; }
.card > .files { margin: .5rem 0 0; display: flex; gap: .75rem; justify-content: flex-end; font-size: .85rem; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(24rem, 100%), 1fr)); }
.cards .card { margin: 0; }
.cards .card h2 a { color: var(--ink); text-decoration: none; }
.cards .card h2 a:hover { text-decoration: underline; }
.cards + .card { margin-top: 1rem; }
.description dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
.description dt { color: var(--dim); }
.description dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.message { font-size: 1.05rem; }
.warning { background: var(--warn-ground); color: var(--warn); border-radius: var(--radius);
  padding: .75rem 1rem; margin-bottom: 1rem; }
.warning p { margin: 0; }
.warning ul { margin: .25rem 0 0; }
.traces { list-style: none; margin: 0 0 1rem; padding: 0; display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr)); }
.traces a { display: block; padding: .9rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: var(--radius); text-decoration: none; font-weight: 600; overflow-wrap: anywhere; }
.traces a:hover { border-color: var(--accent); }
.bottom { padding: 1rem clamp(1rem, 3vw, 2.5rem) 2rem; color: var(--dim); font-size: .85rem; }
@media (min-width: 60rem) {
  .with-menus { grid-template-columns: 17rem minmax(0, 1fr); align-items: start; }
  .menus { order: 0; }
  .to-menus { display: none; }
}
@media (min-width: 110rem) {
  .with-menus { grid-template-columns: 20rem minmax(0, 1fr); }
  .card img { max-width: 72rem; }
}
@media (max-width: 30rem) {
  .places { margin-left: 0; }
  .trace { flex: 1 1 100%; }
  .trace select { flex: 1 1 auto; }
  .row h2 { flex: 1 1 100%; }
  .card { padding: .75rem; }
}
@media print {
  :root { --ground: #ffffff; --card: #ffffff; --ink: #000000; --dim: #333333; --line: #999999; }
  .top form, .places, .menus, .controls, .files, .bottom { display: none; }
  .layout { display: block; padding: 0; }
  .card { break-inside: avoid; border: 0; padding: 0 0 1rem; }
}
)";

}  // namespace

std::string_view StyleSheet() { return kStyle; }

}  // namespace tstat::viewer
