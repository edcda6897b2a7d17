// Two buttons that save the drawings of one place on the page as one picture, PNG or SVG.
// The browser has drawn them: nothing is drawn again, and the words are in the visitor's language.

const SVG = "http://www.w3.org/2000/svg";
const TITLE = 28; // pixels over each of several drawings

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".formats");
  place.replaceChildren(
    ...["png", "svg"].map((format) => {
      const button = document.createElement("button");
      button.textContent = format.toUpperCase();
      button.title = data.help;
      button.onclick = () => save(drawn(data), format, `${data.name}.${format}`);
      return button;
    }),
  );
}

// What is drawn under each other, on the ground it has on the page: white words stay readable.
function drawn({ from, titles }) {
  const page = getComputedStyle(document.querySelector("[data-testid=stApp]"));
  const root = element("svg", { xmlns: SVG });
  const ground = root.appendChild(element("rect", { fill: page.backgroundColor }));
  let width = 0;
  let height = 0;
  document.querySelectorAll(`.st-key-${from} svg.network-map`).forEach((map, i) => {
    if (titles[i]) {
      const place = { x: 8, y: height + 20, fill: page.color };
      const words = root.appendChild(element("text", place));
      words.textContent = titles[i];
      words.style.font = `600 16px ${page.fontFamily}`;
      height += TITLE;
    }
    const { width: wide, height: high } = map.getBoundingClientRect();
    root.append(copied(map, { y: height, width: wide, height: high, color: page.color }));
    width = Math.max(width, wide);
    height += high;
  });
  for (const one of [root, ground]) {
    one.setAttribute("width", width);
    one.setAttribute("height", height);
  }
  return { text: new XMLSerializer().serializeToString(root), width, height };
}

// A map for a file: its stages' counts are titles again.
function copied(map, attributes) {
  const copy = map.cloneNode(true);
  copy.removeAttribute("style");
  copy.querySelector("style").remove();
  for (const [key, value] of Object.entries(attributes)) copy.setAttribute(key, value);
  for (const stage of copy.querySelectorAll(".stage")) {
    stage.prepend(element("title", {}));
    stage.firstChild.textContent = stage.getAttribute("aria-label");
  }
  return copy;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

function save({ text, width, height }, format, name) {
  const svg = new Blob([text], { type: "image/svg+xml" });
  if (format === "svg") return hand(svg, name);
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * width, 2 * height]; // sharp on a wall and in print
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((png) => hand(png, name));
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

function hand(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
