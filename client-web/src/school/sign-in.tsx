import { useState } from 'preact/hooks';
import { forgotPassword, redeem, signIn } from './account';
import { Frame, faultText } from './parts';
import { texts } from './texts';

export function SignIn() {
  const t = texts.value;
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState('');
  const [said, setSaid] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setBusy(true);
    signIn(login.trim(), password)
      .catch((error: unknown) => setFault(faultText(error)))
      .finally(() => setBusy(false));
  };
  const forgot = () => {
    setFault('');
    if (!login.trim()) setSaid(t.forgotName);
    else
      forgotPassword(login.trim()).then(
        (byMail) => setSaid(byMail ? t.forgotMail : t.forgotSchool),
        (error: unknown) => setFault(faultText(error)),
      );
  };
  return (
    <Frame>
      <form class="narrow" onSubmit={submit}>
        <h1>{t.signIn}</h1>
        <p class="hint">{t.signInHint}</p>
        <label>
          {t.login}
          <input value={login} onInput={(e) => setLogin(e.currentTarget.value)} autocomplete="username" required />
        </label>
        <label>
          {t.password}
          <input
            type="password"
            value={password}
            onInput={(e) => setPassword(e.currentTarget.value)}
            autocomplete="current-password"
            required
          />
        </label>
        <p class="fault" role="alert">
          {fault}
        </p>
        <p role="status">{said}</p>
        <button class="primary" type="submit" disabled={busy}>
          {t.signIn}
        </button>
        <button class="plain" type="button" onClick={forgot}>
          {t.forgot}
        </button>
      </form>
    </Frame>
  );
}

// What an invitation opens: one field, and in.
export function Welcome(props: { token: string; done: () => void }) {
  const t = texts.value;
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    redeem(props.token, password).then(props.done, (error: unknown) => setFault(faultText(error)));
  };
  return (
    <Frame>
      <form class="narrow" onSubmit={submit}>
        <h1>{t.welcome}</h1>
        <p class="hint">{t.welcomeHint}</p>
        <label>
          {t.password}
          <input
            type="password"
            value={password}
            onInput={(e) => setPassword(e.currentTarget.value)}
            autocomplete="new-password"
            minLength={10}
            required
          />
        </label>
        <p class="fault" role="alert">
          {fault}
        </p>
        <button class="primary" type="submit">
          {t.setPassword}
        </button>
      </form>
    </Frame>
  );
}
