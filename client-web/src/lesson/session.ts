// One visit to a lesson: the class over the WebSocket, and the sign that tells media when to (re)start.
import { computed, signal } from '@preact/signals';
import { Signaling } from '../api/signaling';
import { initialState, type LessonState, reduce } from './lesson-state';

export interface Visitor {
  lesson: string;
  token: string;
  name?: string; // an open guest link only
  guestKey?: string;
}

export class LessonSession {
  readonly state = signal<LessonState>(initialState);
  // Null while no media can flow. Another value means: whatever media session there is belongs to a server that is gone.
  readonly mediaEra = computed(() => {
    const { instance, lesson } = this.state.value;
    return lesson?.status === 'live' ? instance : null;
  });
  readonly me = computed(() => this.state.value.people.find((person) => person.id === this.state.value.you));
  private readonly signaling: Signaling;
  private readonly hurry = () => this.signaling.hurry();

  constructor(readonly visitor: Visitor) {
    const { lesson, token, name, guestKey } = visitor;
    this.signaling = new Signaling(
      `${location.origin.replace(/^http/, 'ws')}/api/v1/lessons/${lesson}/live`,
      { kind: 'hello', token, ...(name && guestKey ? { name, guest_key: guestKey } : {}) },
      {
        message: (message) => (this.state.value = reduce(this.state.value, message)),
        link: (link) => (this.state.value = { ...this.state.value, link }),
      },
    );
    addEventListener('online', this.hurry);
    this.signaling.open();
  }

  tellDevices(microphone: 'on' | 'muted' | 'none', camera: 'on' | 'muted' | 'none'): void {
    this.signaling.send({ kind: 'media', microphone, camera });
  }

  close(): void {
    removeEventListener('online', this.hurry);
    this.signaling.close();
  }
}
