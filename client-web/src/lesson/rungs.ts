// What the rungs of the ladder mean on a page. No DOM.
import type { Rung } from '../api/server-messages.gen';

const order: Rung[] = ['voice-lowest', 'voice-low', 'voice', 'slow-pictures', 'small-pictures', 'screen', 'middle-pictures', 'all'];

export function below(rung: Rung | undefined, other: Rung): boolean {
  return rung !== undefined && order.indexOf(rung) < order.indexOf(other);
}

// Whether a slot of the stage comes as still pictures to somebody on this rung.
export function comesStill(rung: Rung | undefined, slot: 'camera' | 'screen'): boolean {
  return below(rung, slot === 'camera' ? 'slow-pictures' : 'screen');
}
