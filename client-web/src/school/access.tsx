// What other programs may do here: API tokens, and the systems that pull the roster.
import { useState } from 'preact/hooks';
import { account, type ApiToken, type Client, erase, get, type Page, post } from './account';
import { ByApi, faultText, HandOn, Remove, useLoaded } from './parts';
import { texts } from './texts';
import { day, localDay, plusDays, today } from './times';

const scopes = ['roster:read', 'roster:write', 'timetable:read', 'timetable:write', 'lessons:run'] as const;

export function Access() {
  const t = texts.value;
  const school = `/schools/${account.value?.school_id}`;
  const tokens = useLoaded(() => get<Page<ApiToken>>(`${school}/tokens`), []);
  const clients = useLoaded(() => get<Page<Client>>(`${school}/clients`), []);
  const [chosen, setForm] = useState({ name: '', until: '', scopes: [...scopes] as string[] });
  const form = { ...chosen, until: chosen.until || localDay(plusDays(today(), 365)) };
  const [system, setSystem] = useState('');
  const [secrets, setSecrets] = useState<{ label: string; text: string }[]>([]);
  const [fault, setFault] = useState('');
  const then = <T,>(work: Promise<T>, show: (made: T) => void = () => undefined) =>
    work.then(
      (made) => {
        setFault('');
        show(made);
        tokens.again();
        clients.again();
      },
      (error: unknown) => setFault(faultText(error)),
    );
  const body = {
    role: 'admin',
    user_id: account.value?.user_id,
    name: form.name,
    scopes: form.scopes,
    expires_at: new Date(`${form.until}T23:59:59`).toISOString(),
  };
  const toggle = (scope: string) =>
    setForm({ ...form, scopes: form.scopes.includes(scope) ? form.scopes.filter((word) => word !== scope) : [...form.scopes, scope] });
  return (
    <>
      <h1>{t.access}</h1>
      <p class="fault" role="alert">
        {fault || tokens.fault || clients.fault}
      </p>
      {secrets.map((secret) => (
        <HandOn key={secret.label} label={secret.label} url={secret.text} />
      ))}
      <h2>{t.tokens}</h2>
      <table>
        <tbody>
          {tokens.value?.items.map((row) => (
            <tr key={row.id}>
              <td dir="auto">{row.name || row.id}</td>
              <td class="wrap">{row.scopes.join(', ') || t.everything}</td>
              <td>{row.expires_at ? t.untilDay(day(row.expires_at)) : t.forEver}</td>
              <td>
                <Remove what={row.name || row.id} remove={() => void then(erase(`/tokens/${row.id}`))} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form
        class="card plan"
        onSubmit={(event) => {
          event.preventDefault();
          void then(post<{ token: string }>('/tokens', body), (made) => setSecrets([{ label: t.shownOnce, text: made.token }]));
        }}
      >
        <label>
          {t.tokenName}
          <input value={form.name} onInput={(e) => setForm({ ...form, name: e.currentTarget.value })} maxLength={200} required />
        </label>
        <label>
          {t.until}
          <input type="date" value={form.until} onInput={(e) => setForm({ ...form, until: e.currentTarget.value })} required />
        </label>
        <fieldset>
          <legend>{t.mayDo}</legend>
          {scopes.map((scope) => (
            <label key={scope} class="check">
              <input type="checkbox" checked={form.scopes.includes(scope)} onChange={() => toggle(scope)} />
              {t.scopes[scope]}
            </label>
          ))}
        </fieldset>
        <div class="bar">
          <button class="primary" type="submit" disabled={form.scopes.length === 0}>
            {t.newToken}
          </button>
        </div>
      </form>
      <h2>{t.systems}</h2>
      <table>
        <tbody>
          {clients.value?.items.map((row) => (
            <tr key={row.id}>
              <td dir="auto">{row.name}</td>
              <td class="wrap">{row.id}</td>
              <td>
                <Remove what={row.name} remove={() => void then(erase(`/clients/${row.id}`))} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form
        class="card plan"
        onSubmit={(event) => {
          event.preventDefault();
          void then(post<Client & { secret: string }>(`${school}/clients`, { name: system }), (made) =>
            setSecrets([
              { label: t.clientId, text: made.id },
              { label: t.shownOnce, text: made.secret },
            ]),
          );
        }}
      >
        <label>
          {t.systemName}
          <input value={system} onInput={(e) => setSystem(e.currentTarget.value)} maxLength={200} required />
        </label>
        <div class="bar">
          <button class="primary" type="submit">
            {t.newSystem}
          </button>
        </div>
      </form>
      <ByApi text={`POST /api/v1/tokens\n${JSON.stringify(body, null, 2)}`} />
    </>
  );
}
