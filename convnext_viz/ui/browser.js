// What Streamlit has no words for: the language that a page is written in, and an address that takes
// the place of the one before, where Streamlit would make it a further step of the history.

export default function ({ data: { lang, before, after } }) {
  document.documentElement.lang = lang;
  // A choice may have been quicker: its address stays.
  if (after === null || location.search.replace("?", "") !== before) return;
  history.replaceState({}, "", location.pathname + (after ? `?${after}` : "") + location.hash);
}
