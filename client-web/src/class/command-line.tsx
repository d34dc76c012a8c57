// The command line, and the list of keys and commands: a combobox (ARIA 1.2) in a dialog. Loaded when it is first opened.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Choice, choices, commandsFor, type Place, run } from './commands';
import { texts } from './command-texts';
import { refusalText } from './parts';
import { keysAreOn, setKeys } from './command-keys';

const mostShown = 8;

export function CommandLine(props: { place: Place; view: 'line' | 'help'; show: (view: 'line' | 'help') => void; close: (done?: string) => void }) {
  const { place, view } = props;
  const words = texts.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="commands" aria-labelledby="commands-title" onClose={() => props.close()}>
      <div class="head">
        <h2 id="commands-title">{words.title}</h2>
        <button class="plain" type="button" autofocus={view === 'help'} onClick={() => dialog.current?.close()}>
          {words.close}
        </button>
      </div>
      {view === 'line' ? <Line {...props} /> : <Help place={place} />}
    </dialog>
  );
}

function Line(props: { place: Place; show: (view: 'help') => void; close: (done?: string) => void }) {
  const { place } = props;
  const words = texts.value;
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const [fault, setFault] = useState('');
  const [sure, setSure] = useState(''); // what the next Enter does
  const [busy, setBusy] = useState(false);
  const latest = useRef('');
  latest.current = typed;
  const found = choices(typed, place, words).slice(0, mostShown);
  const chosen = found[Math.min(at, found.length - 1)];
  const type = (text: string) => {
    setTyped(text);
    setAt(0);
    setFault('');
    setSure('');
  };
  const take = async (choice: Choice | undefined) => {
    if (!choice || busy) return;
    if (choice.command === 'help') return props.show('help');
    if (choice.argument === null) return type(choice.text);
    if (choice.asks && sure !== choice.label) return setSure(choice.label);
    setBusy(true);
    const refusal = await run(choice, place);
    setBusy(false);
    setSure('');
    if (refusal) setFault(refusalText(place.t, refusal));
    else if (latest.current === typed) props.close(words.done(choice.label));
  };
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    else if (event.key === 'Tab' && !event.shiftKey && chosen && chosen.text !== typed) type(chosen.text);
    else if (event.key === 'Enter') void take(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        role="combobox"
        aria-label={words.line}
        aria-expanded={found.length > 0}
        aria-controls="commands-list"
        aria-autocomplete="list"
        aria-activedescendant={chosen ? `command-${found.indexOf(chosen)}` : undefined}
        aria-describedby="commands-hint"
        autocomplete="off"
        autofocus
        spellcheck={false}
        dir="auto"
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <ul id="commands-list" role="listbox" aria-label={words.title}>
        {found.map((choice, index) => (
          <li key={choice.label} id={`command-${index}`} role="option" aria-selected={choice === chosen} onClick={() => void take(choice)}>
            <bdi>{choice.label}</bdi> <span class="note">{choice.hint}</span>
          </li>
        ))}
      </ul>
      <p class="note" role="status">
        {sure ? words.sure(sure) : found.length === 0 ? words.nothing : <span class="unseen">{words.matches(found.length)}</span>}
      </p>
      <p class="fault" role="alert">
        {fault}
      </p>
      <p class="note" id="commands-hint">
        {words.hint.replace('{example}', place.teaches ? words.commands.lock.word : words.commands.hand.word)}
      </p>
    </>
  );
}

function Help(props: { place: Place }) {
  const words = texts.value;
  const [on, setOn] = useState(keysAreOn());
  return (
    <>
      <h3>{words.keys}</h3>
      <dl>
        {[
          ['/', words.keyCommand],
          ['Ctrl K', words.keyCommand],
          ['?', words.keyHelp],
          ['Tab', words.keyTab],
          ['Esc', words.keyEscape],
          ...(props.place.teaches ? [['+ − 0', words.keyZoom]] : []),
        ].map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => {
            setOn(event.currentTarget.checked);
            setKeys(event.currentTarget.checked);
          }}
        />
        <span>{words.single}</span>
      </label>
      <h3>{words.title}</h3>
      <dl>
        {commandsFor(props.place).map((id) => (
          <div key={id}>
            <dt>
              <bdi>{words.commands[id].word}</bdi>
            </dt>
            <dd>{words.commands[id].help}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
