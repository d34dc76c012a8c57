import { useState } from 'preact/hooks';
import { makeGuestLink } from '../api/http';
import type { LessonSession } from '../lesson/session';
import { faultText } from './teacher';
import { teachersTexts } from './teaching-texts';

// Makes a guest link and puts it on the clipboard; where the browser refuses, it stands there to be copied by hand.
export function Invite(props: { session: LessonSession; failed: (text: string) => void }) {
  const t = teachersTexts.value;
  const [link, setLink] = useState('');
  const [copied, setCopied] = useState(false);
  const invite = async () => {
    try {
      const made = link || (await makeGuestLink(props.session.visitor.token, props.session.visitor.lesson));
      setLink(made);
      await navigator.clipboard?.writeText(made).then(
        () => setCopied(true),
        () => setCopied(false),
      );
    } catch (fault) {
      props.failed(t.failed + faultText(t, fault));
    }
  };
  if (!link)
    return (
      <button type="button" onClick={() => void invite()}>
        {t.invite}
      </button>
    );
  return (
    <label class="guest-link">
      <span role="status">{copied ? t.linkCopied : t.guestLink}</span>
      <input value={link} readOnly onFocus={(event) => event.currentTarget.select()} />
    </label>
  );
}
