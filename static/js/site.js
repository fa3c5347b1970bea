// Nothing here is needed to read the page; it only makes three things nicer.

// Browsers that do not open a question by its address yet.
function openQuestion() {
  const answer = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const question = answer?.closest("details");
  if (question && !question.open) {
    question.open = true;
    answer.scrollIntoView();
  }
}
addEventListener("hashchange", openQuestion);
openQuestion();

// Browsers that print closed questions without their answers.
addEventListener("beforeprint", () => {
  for (const question of document.querySelectorAll("details:not([open])")) {
    question.open = true;
    question.dataset.opened = "for print";
  }
});
addEventListener("afterprint", () => {
  for (const question of document.querySelectorAll("details[data-opened]")) {
    question.open = false;
    delete question.dataset.opened;
  }
});

// The contents rail follows the reader.
const links = new Map();
for (const link of document.querySelectorAll(".contents__list a")) {
  links.set(link.hash.slice(1), link);
}
const chapters = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        for (const [id, link] of links) {
          if (id === entry.target.id) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      }
    }
  },
  { rootMargin: "-20% 0% -75% 0%" },
);
for (const id of links.keys()) {
  const chapter = document.getElementById(id);
  if (chapter) chapters.observe(chapter);
}
