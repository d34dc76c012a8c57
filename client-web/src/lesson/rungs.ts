// What the rungs of the ladder mean on a page. No DOM.
import type { Rung } from '../api/server-messages.gen';
import type { Slot } from '../media/pictures';

const order: Rung[] = ['voice-lowest', 'voice-low', 'voice', 'slow-pictures', 'small-pictures', 'screen', 'middle-pictures', 'all'];

export function below(rung: Rung | undefined, other: Rung): boolean {
  return rung !== undefined && order.indexOf(rung) < order.indexOf(other);
}

// Whether a slot of the stage comes as still pictures to somebody on this rung.
export function comesStill(rung: Rung | undefined, slot: Slot): boolean {
  return below(rung, ({ camera: 'slow-pictures', screen: 'screen', floor: 'all' } as const)[slot]);
}
