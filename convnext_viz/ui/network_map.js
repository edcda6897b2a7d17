// The map of a network, live: its stages say their counts to the pointer and can be chosen.

const PLACE = ".network-map-live";
const TIP = ".network-map-tip";

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(PLACE);
  const tip = parentElement.querySelector(TIP);
  const focused = place.querySelector(".stage:focus")?.dataset.stage;
  const drawn = new DOMParser().parseFromString(data.svg, "image/svg+xml");
  const svg = document.importNode(drawn.documentElement, true);
  svg.style.setProperty("--width", `${svg.getAttribute("width")}px`);
  // Titles would show a second time, late and small.
  svg.querySelector(":scope > title").remove();
  svg.setAttribute("aria-label", svg.querySelector("desc").textContent);
  if (data.clickable) svg.setAttribute("role", "group");
  for (const stage of svg.querySelectorAll(".stage")) {
    const title = stage.querySelector("title");
    const counts = title.textContent;
    title.remove();
    stage.setAttribute("aria-label", counts);
    stage.onpointermove = (event) => show(tip, counts, event.clientX, event.clientY);
    stage.onpointerleave = () => hide(tip);
    if (data.clickable) choosable(stage, svg, tip, setTriggerValue);
    else stage.setAttribute("role", "img");
  }
  hide(tip);
  place.replaceChildren(svg);
  if (focused) place.querySelector(`[data-stage="${focused}"]`)?.focus();
}

function choosable(stage, svg, tip, setTriggerValue) {
  const choose = () => {
    mark(svg, stage); // at once; the page follows
    setTriggerValue("stage", stage.dataset.stage);
  };
  stage.setAttribute("role", "button");
  stage.setAttribute("tabindex", "0");
  stage.onclick = choose;
  stage.onkeydown = (event) => {
    if (event.key === "Escape") hide(tip);
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault(); // a space would scroll
    choose();
  };
  stage.onfocus = () => {
    if (!stage.matches(":focus-visible")) return;
    const box = stage.getBoundingClientRect();
    show(tip, stage.getAttribute("aria-label"), box.left + box.width / 2, box.top);
  };
  stage.onblur = () => hide(tip);
}

function mark(svg, stage) {
  const before = svg.querySelector(".stage[aria-current]");
  if (!before || before === stage) return;
  const [one, other] = [before, stage].map((each) => each.querySelector("rect"));
  const fill = one.getAttribute("fill");
  one.setAttribute("fill", other.getAttribute("fill"));
  other.setAttribute("fill", fill);
  before.removeAttribute("aria-current");
  stage.setAttribute("aria-current", "true");
}

// Beside the pointer, and always inside the window.
function show(tip, words, x, y) {
  tip.textContent = words;
  if (!tip.matches(":popover-open")) tip.showPopover(); // above what fades its own end
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width > innerWidth ? x - 16 - width : x + 16;
  const top = Math.min(y + 16, innerHeight - height - 8);
  tip.style.left = `${Math.max(left, 8)}px`;
  tip.style.top = `${Math.max(top, 8)}px`;
}

function hide(tip) {
  if (tip.matches(":popover-open")) tip.hidePopover();
}
