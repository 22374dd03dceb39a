// Sends the question without leaving the page and shows each claim as it is checked. Without it the form works as it stands.
"use strict";

const form = document.getElementById("ask");
const conversation = document.getElementById("conversation");
const progress = document.getElementById("progress");
const field = form.elements.question;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!form.querySelector("button").disabled) ask(field.value);
});

field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

conversation.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(event.submitter.value);
});

conversation.addEventListener("click", (event) => {
  const source = document.querySelector(event.target.closest("a.mark")?.hash || "#none");
  source?.closest("details")?.setAttribute("open", "");
});

for (const example of document.querySelectorAll("#examples li")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = example.textContent;
  button.addEventListener("click", () => ask(button.textContent));
  example.replaceChildren(button);
}

async function ask(question) {
  const draft = document.createElement("article");
  draft.className = "answer";
  const asked = document.createElement("h2");
  asked.className = "asked";
  asked.textContent = question;
  draft.append(asked);
  const body = new URLSearchParams({ token: form.elements.token.value, thread: form.elements.thread.value, question });
  wait(true);
  try {
    const reply = await fetch(form.dataset.stream, { method: "POST", body });
    if (!reply.ok) throw new Refused(await sentence(reply));
    conversation.append(draft);
    await follow(reply, draft);
    field.value = "";
  } catch (error) {
    draft.remove();
    progress.textContent = error instanceof Refused ? error.message : form.dataset.failed;
    progress.className = "progress fault";
    field.value = question;
  } finally {
    wait(false);
  }
}

class Refused extends Error {}

async function follow(reply, draft) {
  const hear = {
    status: (data) => { progress.textContent = data.text; },
    claim: (data) => { draft.append(...nodes(data.html)); },
    done: (data) => {
      const answer = nodes(data.html)[0];
      draft.replaceWith(answer);
      form.elements.thread.value = data.thread;
      progress.textContent = "";
      goFurther();
      answer.tabIndex = -1;
      answer.focus({ preventScroll: true });
      answer.scrollIntoView({ block: "start" });
    },
    error: (data) => { throw new Refused(data.detail); },
  };
  let ended = false;
  for await (const [name, data] of events(reply.body)) {
    ended = ended || name === "done";
    hear[name]?.(data);
  }
  if (!ended) throw new Error("the stream was cut");
}

function goFurther() {
  document.getElementById("examples")?.remove();
  document.getElementById("afresh").hidden = false;
  document.querySelector("h1").className = "visually-hidden";
  const label = form.querySelector("label[for=question]");
  label.textContent = label.dataset.further;
}

async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const match = /^event: (\w+)\ndata: (.*)$/.exec(block);
      if (match) yield [match[1], JSON.parse(match[2])];
    }
  }
}

async function sentence(reply) {
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  return page.querySelector("main p")?.textContent ?? form.dataset.failed;
}

function nodes(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return [...holder.content.children];
}

function wait(on) {
  for (const button of form.querySelectorAll("button")) button.disabled = on;
  form.setAttribute("aria-busy", String(on));
  if (on) progress.className = "progress";
}
