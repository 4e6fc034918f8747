"use strict";

// The token comes in the fragment, which browsers send to nobody. It leaves the address bar at once,
// so that it ends up in no bookmark, history entry or screenshot.
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);

const part = (id) => document.getElementById(id);
const form = part("choose");
const minimum = Number(form.dataset.minimum);

function show(id) {
  for (const each of ["choose", "done", "dead"]) part(each).hidden = each !== id;
  if (id !== "choose") part(id).focus();
}

// Only to tell early what the server would say anyway: it alone decides.
function hasExpired() {
  try {
    const text = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(text).exp * 1000 <= Date.now();
  } catch {
    return true;
  }
}

function complain(sentence, field) {
  for (const each of form.querySelectorAll("input")) each.removeAttribute("aria-invalid");
  const trouble = part("trouble");
  trouble.textContent = sentence;
  trouble.hidden = false;
  if (field) field.setAttribute("aria-invalid", "true");
  (field ?? trouble).focus();
}

async function send(path, body, bearer) {
  const headers = { "Content-Type": "application/json" };
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "omit" });
}

async function choose() {
  const { email, password, repeat } = form.elements;
  if (!email.validity.valid) return complain("Please enter your e-mail address.", email);
  if ([...password.value].length < minimum) return complain(`The password needs at least ${minimum} characters.`, password);
  if (password.value !== repeat.value) return complain("The two passwords are not the same.", repeat);
  const answer = await send("/auth/reset-password", { email: email.value.trim(), password: password.value }, token);
  if (answer.ok) {
    form.reset();
    return show("done");
  }
  const code = answer.headers.get("X-Error-Code");
  if (code === "password_too_common") return complain("This password is used by too many people. Please choose another one.", password);
  if (answer.status === 429 || answer.status === 503) return complain("The server is busy. Please try again in a minute.");
  if (code === "reset_refused" && !hasExpired()) return complain("This did not work. Is it the address the link was sent to? If it is, the link was used already, or a newer one was sent.", email);
  if (answer.status === 401 || code === "reset_refused") return show("dead");
  complain("The server did not accept this password. Please choose another one.", password);
}

async function again() {
  const address = part("address");
  const answer = await send("/user/forgot-password", { email: address.value.trim() });
  part("sent").textContent = answer.ok
    ? "If there is an account with this address, a new link is on its way."
    : "The server is busy. Please try again in a minute.";
}

async function submitted(event, work) {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  try {
    await work();
  } catch {
    if (event.target === form) complain("The server cannot be reached. Please try again.");
    else part("sent").textContent = "The server cannot be reached. Please try again.";
  } finally {
    button.disabled = false;
  }
}

form.addEventListener("submit", (event) => submitted(event, choose));
part("again").addEventListener("submit", (event) => submitted(event, again));
part("show").addEventListener("change", (event) => {
  for (const id of ["password", "repeat"]) part(id).type = event.target.checked ? "text" : "password";
});
show(token && !hasExpired() ? "choose" : "dead");
