// The days on which the school is closed: its lessons are suspended on them.
import { useState } from 'preact/hooks';
import { account, type Closure, erase, get, type Page, post, upload, versioned } from './account';
import { ByApi, faultText, Remove, useLoaded } from './parts';
import { texts } from './texts';
import { day, localDay, today } from './times';

export function Holidays() {
  const t = texts.value;
  const path = `/schools/${account.value?.school_id}/closures`;
  const { value, fault, again } = useLoaded(() => get<Page<Closure>>(`${path}?sort=starts_on&limit=200`), []);
  const [chosen, setForm] = useState({ title: '', starts_on: '', ends_on: '' });
  const form = { ...chosen, starts_on: chosen.starts_on || localDay(today()), ends_on: chosen.ends_on || localDay(today()) };
  const [said, setSaid] = useState('');
  const set = (change: Partial<typeof form>) => setForm({ ...chosen, ...change });
  const then = (work: Promise<unknown>, text: string) =>
    work.then(
      () => {
        setSaid(text);
        again();
      },
      (error: unknown) => setSaid(faultText(error)),
    );
  const remove = (row: Closure) => versioned(`/closures/${row.id}`).then((version) => erase(`/closures/${row.id}`, version));
  return (
    <>
      <h1>{t.holidays}</h1>
      <p class="fault" role="alert">
        {fault}
      </p>
      {value?.items.length === 0 && <p>{t.none}</p>}
      {value && value.items.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{t.title}</th>
              <th scope="col">{t.from}</th>
              <th scope="col">{t.until}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {value.items.map((row) => (
              <tr key={row.id}>
                <td dir="auto">{row.title}</td>
                <td data-label={t.from}>{day(`${row.starts_on}T12:00`)}</td>
                <td data-label={t.until}>{day(`${row.ends_on}T12:00`)}</td>
                <td>
                  <Remove what={row.title} remove={() => void then(remove(row), '')} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <section class="card plan">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void then(post(path, form), t.added);
          }}
        >
          <label>
            {t.title}
            <input value={form.title} onInput={(e) => set({ title: e.currentTarget.value })} maxLength={200} required />
          </label>
          <label>
            {t.from}
            <input type="date" value={form.starts_on} onInput={(e) => set({ starts_on: e.currentTarget.value })} required />
          </label>
          <label>
            {t.until}
            <input type="date" min={form.starts_on} value={form.ends_on} onInput={(e) => set({ ends_on: e.currentTarget.value })} required />
          </label>
          <div class="bar">
            <button class="primary" type="submit">
              {t.add}
            </button>
          </div>
        </form>
        <label class="file">
          {t.holidaysFile}
          <input
            type="file"
            accept=".ics,text/calendar"
            onChange={(e) => {
              const file = e.currentTarget.files?.[0];
              if (file) void then(upload(`${path}/import`, file, 'text/calendar'), t.imported);
            }}
          />
        </label>
        <p role="status">{said}</p>
      </section>
      <ByApi text={`POST /api/v1${path}\n${JSON.stringify(form, null, 2)}`} />
    </>
  );
}
