import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PictureBoard, Slot } from '../media/pictures';
import { strings } from '../strings';
import { lessonTexts } from './lesson-texts';

export interface StageProps {
  name: string; // whose face it is
  camera: MediaStream | null;
  screen: MediaStream | null;
  showCamera: boolean;
  showScreen: boolean;
  mirrored?: boolean;
  board?: PictureBoard;
  still?: Partial<Record<Slot, boolean>>; // of these, a still picture stands in for the moving one
  page?: ComponentChildren; // a slide, where no screen is shared
  lost?: boolean; // what is seen here is what came last
  children?: ComponentChildren;
  under?: ComponentChildren; // what hides nothing of the pictures
}

// The same two pictures in the same place, whatever is shown: the screen large with the face beside it, or the face
// large, or, with neither, the name of who speaks.
export function StageView(props: StageProps) {
  const t = lessonTexts.value;
  const large = props.showScreen || props.page ? 'screen' : props.showCamera ? 'camera' : 'name';
  return (
    <div class={`stage ${large}`}>
      <div class="pictures">
        <Picture class="screen-picture" stream={props.screen} shown={props.showScreen && !props.still?.screen} label={t.sharedScreen} />
        {props.board && <Still slot="screen" board={props.board} shown={props.showScreen && !!props.still?.screen} label={t.sharedScreen} />}
        <Picture
          class={props.mirrored ? 'camera-picture mirrored' : 'camera-picture'}
          stream={props.camera}
          shown={props.showCamera && !props.still?.camera}
          label={t.teacherPicture}
        />
        {props.board && <Still slot="camera" board={props.board} shown={props.showCamera && !!props.still?.camera} label={t.teacherPicture} />}
        {!props.showScreen && props.page}
        {large === 'name' && (
          <p class="speaker" dir="auto">
            {props.name || '…'}
          </p>
        )}
        {props.lost && <p class="card over lost-link">{strings.value.linkLost}</p>}
        {props.children}
      </div>
      {props.under}
    </div>
  );
}

export function Still(props: { slot: Slot; board: PictureBoard; shown: boolean; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => props.board.show(props.slot, canvas.current), [props.board, props.slot]);
  return <canvas ref={canvas} class={`${props.slot}-still`} hidden={!props.shown} role="img" aria-label={props.label} />;
}

function Picture(props: { class: string; stream: MediaStream | null; shown: boolean; label: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element || element.srcObject === props.stream) return;
    element.srcObject = props.stream;
    if (props.stream) void element.play().catch(() => undefined); // muted: it may always play, unless it is gone
  }, [props.stream]);
  return (
    <video ref={video} class={props.class} hidden={!props.shown} aria-label={props.label} autoPlay playsInline muted />
  );
}
