// Keys of the page's making: a guest's, a line's. In hexadecimal, not to be guessed.
export function newKey(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
