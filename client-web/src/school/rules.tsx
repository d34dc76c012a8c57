// What the school lays down for its lessons: who waits, who is seen, who writes to whom, and what. Saved from the version
// that was read, so that two admins do not undo each other's choice unseen.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import { patch, read, type School } from './account';
import { ByApi, faultText, useLoaded } from './parts';
import './rules.css';
import { texts } from './rules-texts';

const choices = {
  lobby: ['off', 'guests', 'everybody'],
  students_cameras: ['allowed', 'off'],
  private_chat: ['off', 'supervised', 'free'],
  chat_words_rule: ['mask', 'refuse'],
} as const;
type Choice = keyof typeof choices;
type Form = Pick<School, Choice> & { words: string };

export function wordsOf(text: string): string[] {
  const words = text.split(/[,،\n]/).map((word) => word.trim());
  return [...new Set(words)].filter((word) => word);
}

const formOf = (school: School): Form => ({
  lobby: school.lobby,
  students_cameras: school.students_cameras,
  private_chat: school.private_chat,
  chat_words_rule: school.chat_words_rule,
  words: school.chat_words.join(', '),
});

// What the form says otherwise than the school.
function changeOf(school: School, form: Form): Partial<School> {
  const words = wordsOf(form.words);
  const chosen = Object.fromEntries((Object.keys(choices) as Choice[]).filter((rule) => form[rule] !== school[rule]).map((rule) => [rule, form[rule]]));
  return { ...chosen, ...(words.join() !== school.chat_words.join() && { chat_words: words }) };
}

export function Rules(props: { school: string; chooser: ComponentChildren }) {
  const t = texts.value;
  const path = `/schools/${props.school}`;
  const { value: now, fault, again } = useLoaded(() => read<School>(path), [path]);
  const [form, setForm] = useState<Form | null>(null);
  const [said, setSaid] = useState('');
  const [refused, setRefused] = useState<{ field: string; text: string } | null>(null);
  useEffect(() => setForm(now && formOf(now.value)), [now]);
  const change = now && form ? changeOf(now.value, form) : {};
  const wordsFault = (field: string) => {
    const words = change.chat_words ?? [];
    const word = words[Number(field.split('/')[2])];
    return word ? t.wordTooLong(word) : t.tooManyWords(words.length);
  };
  const save = () => {
    setRefused(null);
    setSaid('');
    return patch(path, change, now?.version ?? '').then(
      () => {
        setSaid(t.saved);
        again();
      },
      (error: unknown) => {
        const problem = error instanceof ApiError ? error.problem : null;
        const field = problem?.field ?? '';
        if (field.startsWith('/chat_words/') || field === '/chat_words') setRefused({ field: 'chat_words', text: wordsFault(field) });
        else if (error instanceof ApiError && error.code === 'stale-version') {
          setRefused({ field: '', text: t.stale });
          again();
        } else setRefused({ field: field.slice(1), text: faultText(error) });
      },
    );
  };
  const set = (part: Partial<Form>) => {
    if (form) setForm({ ...form, ...part });
    setSaid('');
  };
  const faultAt = (field: string) => (refused?.field === field ? refused.text : '');
  const one = (rule: Choice) =>
    form && <RuleChoice rule={rule} chosen={form[rule]} choose={(value) => set({ [rule]: value })} fault={faultAt(rule)} />;
  return (
    <>
      <h1>{t.rules}</h1>
      <p>{t.intro}</p>
      {props.chooser && <div class="filters">{props.chooser}</div>}
      <p class="fault" role="alert">
        {fault || faultAt('')}
      </p>
      {!form && !fault && <p role="status">{t.loading}</p>}
      {form && (
        <form
          class="school-rules"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          {one('lobby')}
          {one('students_cameras')}
          {one('private_chat')}
          <fieldset>
            <legend>{t.chat_words.legend}</legend>
            <p class="hint" id="words-hint">
              {t.chat_words.hint}
            </p>
            <label>
              {t.chat_words.label}
              <textarea
                rows={3}
                dir="auto"
                value={form.words}
                aria-describedby="words-hint words-fault"
                aria-invalid={Boolean(faultAt('chat_words'))}
                onInput={(e) => set({ words: e.currentTarget.value })}
              />
            </label>
            <p class="fault" role="alert" id="words-fault">
              {faultAt('chat_words')}
            </p>
            {one('chat_words_rule')}
          </fieldset>
          <div class="bar">
            <button class="primary" type="submit" disabled={Object.keys(change).length === 0}>
              {t.save}
            </button>
          </div>
          <p role="status">{said}</p>
        </form>
      )}
      <ByApi text={`PATCH /api/v1${path}\nIf-Match: ${now?.version ?? ''}\n${JSON.stringify(change, null, 2)}`} />
    </>
  );
}

function RuleChoice(props: { rule: Choice; chosen: string; choose: (value: string) => void; fault: string }) {
  const { rule } = props;
  const t = texts.value[rule] as { legend: string; hint?: string } & Record<string, string | string[]>;
  return (
    <fieldset aria-describedby={t.hint && `${rule}-hint`}>
      <legend>{t.legend}</legend>
      {t.hint && (
        <p class="hint" id={`${rule}-hint`}>
          {t.hint}
        </p>
      )}
      {choices[rule].map((value) => (
        <label key={value} class="rule">
          <input type="radio" name={rule} checked={props.chosen === value} onChange={() => props.choose(value)} />
          <span>{t[value]?.[0]}</span>
          <small>{t[value]?.[1]}</small>
        </label>
      ))}
      <p class="fault" role="alert">
        {props.fault}
      </p>
    </fieldset>
  );
}
