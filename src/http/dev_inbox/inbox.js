"use strict";

const list = document.getElementById("messages");
const template = document.getElementById("message");
let shown = -1;

function article(message) {
  const node = template.content.cloneNode(true);
  node.querySelector("h2").textContent = message.subject ?? "Text message";
  node.querySelector(".envelope").textContent = `${message.channel} to ${message.to}, ${message.at}`;
  node.querySelector("pre").textContent = message.text;
  if (message.code) {
    const secret = node.querySelector(".secret");
    secret.textContent = message.code;
    secret.hidden = false;
  }
  if (message.link) {
    const link = node.querySelector(".link");
    link.firstElementChild.href = message.link;
    link.hidden = false;
  }
  if (message.html) {
    const details = node.querySelector("details");
    // Only when somebody looks: a mail is a request of its own.
    details.addEventListener("toggle", () => {
      details.querySelector("iframe").src = `/dev/inbox/${message.id}`;
    }, { once: true });
    details.hidden = false;
  }
  return node;
}

async function load() {
  const answer = await fetch("/dev/inbox.json");
  if (!answer.ok) return;
  const messages = await answer.json();
  const newest = messages[0]?.id ?? 0;
  if (newest === shown) return;
  if (messages.length === 0) {
    list.textContent = "Nothing has been sent yet.";
  } else if (shown > 0 && newest > shown) {
    // What is being read stays as it is.
    list.prepend(...messages.filter((message) => message.id > shown).map(article));
  } else {
    list.replaceChildren(...messages.map(article));
  }
  shown = newest;
}

load();
setInterval(load, 2000);
