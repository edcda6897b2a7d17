// What Streamlit has no words for: the language that a page is written in, and an address that takes
// the place of the one before, where Streamlit would make it a further step of the history; and a
// menu that closes on a phone, where it would go on covering the page that was chosen in it.

const NARROW = 768; // pixels: below, Streamlit lays the menu over the page

function closeMenu({ target }) {
  if (innerWidth >= NARROW || !target.closest?.('[data-testid="stSidebarNavLink"]')) return;
  const close = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
  setTimeout(() => close?.click()); // after Streamlit has followed the link
}

export default function ({ data: { lang, before, after } }) {
  const root = document.documentElement;
  root.lang = lang;
  if (!root.dataset.menuCloses) {
    root.dataset.menuCloses = "yes"; // one listener, however often this runs
    document.addEventListener("click", closeMenu);
  }
  // A choice may have been quicker: its address stays.
  if (after === null || location.search.replace("?", "") !== before) return;
  history.replaceState({}, "", location.pathname + (after ? `?${after}` : "") + location.hash);
}
