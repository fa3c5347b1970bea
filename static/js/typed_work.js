// Asks before someone leaves a page of the desk with words that are not saved. Without this script the browser's Back
// brings most of them.

const forms = [...document.forms].filter((form) => form.method === "post");
/** Whether the page came with words that are not saved: after a mistake, or after a session that had ended. */
const cameUnsaved = document.querySelector("[data-unsaved], .errorlist") !== null;
/** What each form held when the page was ready. */
let before = null;
/** The form whose words have just been sent. */
let sent = null;

/** All that a form would send, and what its lists hold, as one text. */
function state(form) {
  const values = [...new FormData(form)].map(([name, value]) => [name, value.name ?? value]);
  const lists = [...form.querySelectorAll("select[multiple]")].map((list) => [...list.options].map((each) => each.value));
  return JSON.stringify([values, lists]);
}

function isUnsaved() {
  if (cameUnsaved && sent === null) return true;
  return before !== null && forms.some((form) => form !== sent && state(form) !== before.get(form));
}

// After the scripts of the page, which change forms as well.
window.addEventListener("load", () => {
  setTimeout(() => {
    before = new Map(forms.map((form) => [form, state(form)]));
    // Only passing through: what was typed goes on by itself.
    for (const form of document.querySelectorAll("form[data-onward]")) form.requestSubmit();
  });
});

document.addEventListener("submit", (event) => {
  const target = event.submitter?.formTarget || event.target.target;
  // A form that is answered in another window, or in a frame, leaves the page as it is.
  if (!event.defaultPrevented && !target) sent = event.target;
});

// Whoever types on has not left.
document.addEventListener("input", () => {
  sent = null;
});

window.addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});
