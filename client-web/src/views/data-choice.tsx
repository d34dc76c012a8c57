// What of the lesson a student lets through: all that her line carries, voice and slides, or what fits into so much data.
import { useEffect, useRef, useState } from 'preact/hooks';
import { serverNow } from '../api/http';
import type { Rung } from '../api/server-messages.gen';
import { rungWithin } from '../lesson/budget';
import type { LessonSession } from '../lesson/session';
import { lessonTexts } from './lesson-texts';

const budgets = [10, 20, 50, 100]; // MB
const lookEveryMs = 15_000;

interface Kept {
  choice: string; // 'all', 'thrifty', or megabytes
  used: number; // bytes, before this page was opened
}

// A reload keeps the wish, and what the lesson has cost already.
function kept(key: string): Kept {
  try {
    return { choice: 'all', used: 0, ...(JSON.parse(sessionStorage.getItem(key) ?? '{}') as Partial<Kept>) };
  } catch {
    return { choice: 'all', used: 0 };
  }
}

export function DataChoice(props: { session: LessonSession; bytes: number }) {
  const t = lessonTexts.value;
  const { session } = props;
  const key = `thranio.data.${session.visitor.lesson}`;
  const [before] = useState(() => kept(key));
  const [choice, setChoice] = useState(before.choice);
  const bytes = useRef(0);
  bytes.current = before.used + props.bytes;
  const asked = useRef<Rung>('all');
  const { link, lesson } = session.state.value;
  const endsAt = lesson?.ends_at;
  const joined = link === 'open';

  useEffect(() => {
    const look = () => {
      try {
        sessionStorage.setItem(key, JSON.stringify({ choice, used: bytes.current }));
      } catch {
        // Private browsing: a reload begins anew.
      }
      const seconds = endsAt ? (Date.parse(endsAt) - serverNow()) / 1000 : 3600;
      const rung = choice === 'all' ? 'all' : choice === 'thrifty' ? 'voice-low' : rungWithin(Number(choice) * 1e6 - bytes.current, seconds);
      if (rung === asked.current) return;
      asked.current = rung;
      session.limit(rung);
    };
    if (!joined) {
      asked.current = 'all'; // as the server takes it for a new visit
      return;
    }
    look();
    const timer = setInterval(look, lookEveryMs);
    return () => clearInterval(timer);
  }, [choice, endsAt, joined]);

  return (
    <label class="data-choice" title={t.thriftyHint}>
      <span class="unseen">{t.data}</span>
      <select value={choice} onChange={(event) => setChoice(event.currentTarget.value)}>
        <option value="all">{t.dataAll}</option>
        <option value="thrifty">{t.thrifty}</option>
        {budgets.map((megabytes) => (
          <option key={megabytes} value={megabytes}>
            {t.dataBudget(megabytes)}
          </option>
        ))}
      </select>
    </label>
  );
}
