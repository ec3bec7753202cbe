export const STYLES = `
/* What a page says of all its elements, or hands down to them, ends here. */
:host {
  all: initial !important;
  display: contents !important;
}
:host([hidden]) {
  display: none !important;
}

.panel {
  --background: #fff;
  --raised: #f4f6f9;
  --line: #dce1e8;
  --text: #1b2230;
  --quiet: #5a6475;
  --accent: #4453c9;
  --good: #16794a;
  --warning: #96580a;
  --bad: #c02537;
  --shadow: 0 1px 2px rgb(16 24 40 / 12%), 0 8px 28px rgb(16 24 40 / 18%);
  color-scheme: light;
}
@media (prefers-color-scheme: dark) {
  .panel {
    --background: #161a22;
    --raised: #202631;
    --line: #303846;
    --text: #e8ecf3;
    --quiet: #9ba6b7;
    --accent: #98a6ff;
    --good: #4fc78d;
    --warning: #f0b352;
    --bad: #ff8089;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 8px 28px rgb(0 0 0 / 55%);
    color-scheme: dark;
  }
}

.panel {
  --width: 304px;
  --edge: 12px;
  /* Names that a page may have, too. */
  --top: initial;
  --right: initial;
  --index: 0;
  --place: calc(var(--edge) + var(--index) * 312px);
  --y: clamp(var(--edge), var(--top, var(--edge)), 100% - 52px);
  position: fixed;
  inset: auto;
  top: var(--y);
  right: clamp(var(--edge), var(--right, var(--place)), 100% - var(--width) - var(--edge));
  z-index: 2147483647;
  display: flex;
  flex-direction: column;
  box-sizing: border-box;
  width: var(--width);
  max-width: calc(100% - 2 * var(--edge));
  height: auto;
  max-height: calc(100% - var(--y) - var(--edge));
  margin: 0;
  padding: 0;
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--background);
  color: var(--text);
  box-shadow: var(--shadow);
  font: 12px/1.4 system-ui, sans-serif;
  font-variant-numeric: tabular-nums;
  text-align: start;
  direction: ltr;
}
.panel.collapsed {
  --width: 224px;
}
.panel * {
  box-sizing: border-box;
  margin: 0;
  padding: 0;
}
[hidden] {
  display: none !important;
}

header {
  display: flex;
  flex: none;
  align-items: center;
  gap: 7px;
  padding: 5px 6px;
  cursor: grab;
  touch-action: none;
  user-select: none;
  -webkit-user-select: none;
}
header:active {
  cursor: grabbing;
}
.label {
  overflow: hidden;
  font-weight: 600;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.status {
  flex: 1 0 auto;
  color: var(--quiet);
}
.dot {
  flex: none;
  width: 8px;
  height: 8px;
  border: 2px solid var(--quiet);
  border-radius: 50%;
}
[data-status="authenticated"] .dot {
  border-color: var(--good);
  background: var(--good);
}
[data-status="failed"] .dot {
  border-color: var(--bad);
  background: var(--bad);
}

button {
  border: 1px solid transparent;
  border-radius: 6px;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
button:focus-visible,
.log:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: -1px;
}
.grip,
.toggle {
  flex: none;
  display: grid;
  place-items: center;
  width: 24px;
  height: 24px;
  color: var(--quiet);
}
.grip {
  cursor: inherit;
}
.grip::before {
  content: "";
  width: 8px;
  height: 13px;
  background: radial-gradient(circle, currentColor 1.2px, transparent 1.6px) 0 0 / 4px 4.33px;
}
.toggle::before {
  content: "";
  width: 7px;
  height: 7px;
  border: solid currentColor;
  border-width: 0 1.5px 1.5px 0;
  transform: translateY(-2px) rotate(45deg);
}
.toggle[aria-expanded="true"]::before {
  transform: translateY(2px) rotate(-135deg);
}
button:hover {
  background: var(--raised);
  color: var(--text);
}

.details {
  display: flex;
  flex-direction: column;
  gap: 8px;
  padding: 8px 12px 10px;
  overflow: auto;
  border-top: 1px solid var(--line);
}
.flags {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
}
.flags:empty {
  display: none;
}
.flags span {
  padding: 0 7px;
  border: 1px solid currentColor;
  border-radius: 99px;
  color: var(--warning);
}

.countdown {
  display: grid;
  grid-template-columns: 1fr auto minmax(52px, auto);
  gap: 3px 10px;
  align-items: baseline;
}
.at {
  color: var(--quiet);
}
.left {
  font-weight: 600;
  text-align: end;
}
.track {
  grid-column: 1 / -1;
  height: 4px;
  overflow: hidden;
  border-radius: 2px;
  background: var(--line);
}
.bar {
  height: 100%;
  border-radius: inherit;
  background: var(--accent);
  transform: scaleX(var(--left, 0));
  transform-origin: left;
}
[data-level="soon"] .left {
  color: var(--warning);
}
[data-level="soon"] .bar {
  background: var(--warning);
}
[data-level="due"] .left {
  color: var(--bad);
}
[data-level="none"] .left {
  color: var(--quiet);
  font-weight: 400;
}
@media (prefers-reduced-motion: no-preference) {
  .bar {
    transition: transform 1s linear;
  }
}

.facts {
  padding-top: 2px;
}
.facts div {
  display: flex;
  justify-content: space-between;
  gap: 12px;
  padding: 2px 0;
}
dt {
  flex: none;
  color: var(--quiet);
}
dd {
  overflow-wrap: anywhere;
  text-align: end;
}

.actions {
  display: grid;
  grid-template-columns: repeat(3, minmax(0, 1fr));
  gap: 6px;
}
.actions button {
  padding: 4px 2px;
  border-color: var(--line);
  background: var(--raised);
  font-weight: 500;
  white-space: nowrap;
}
.actions button:hover {
  border-color: var(--quiet);
}
.actions button[aria-disabled="true"] {
  border-color: var(--line);
  color: var(--quiet);
  opacity: 0.6;
  cursor: default;
}

.log {
  max-height: 132px;
  min-height: 28px;
  padding: 4px 8px;
  overflow: auto;
  border-radius: 6px;
  background: var(--raised);
  list-style: none;
}
.log:empty::before {
  content: "No events yet";
  color: var(--quiet);
}
.log li {
  display: flex;
  flex-wrap: wrap;
  gap: 0 8px;
  padding: 1px 0;
}
.log time,
.log span {
  color: var(--quiet);
}
.log b {
  font-weight: 500;
}

.outcome {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

@media (forced-colors: active) {
  .bar,
  .dot {
    background: CanvasText !important;
  }
}
@media print {
  .panel {
    display: none;
  }
}
`
