// Days and hours as people of this language write them.
import { serverNow } from '../api/http';
import { locale } from '../strings';

export const hour = (time: string | Date) =>
  new Intl.DateTimeFormat(locale.value, { hour: '2-digit', minute: '2-digit' }).format(new Date(time));
export const today = () => new Date(serverNow());
// Of another year with that year: a holiday of 2031 is not next month's.
export const day = (time: string | Date) => {
  const date = new Date(time);
  const year = date.getFullYear() === today().getFullYear() ? {} : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat(locale.value, { weekday: 'long', day: 'numeric', month: 'long', ...year }).format(date);
};

const two = (n: number) => String(n).padStart(2, '0');
// What date and time fields hold.
export const localDay = (time: Date) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
export const localTime = (time: Date) => `${two(time.getHours())}:${two(time.getMinutes())}`;

export function mondayOf(time: Date): Date {
  const monday = new Date(time);
  monday.setHours(0, 0, 0, 0);
  monday.setDate(monday.getDate() - ((monday.getDay() + 6) % 7));
  return monday;
}

export function plusDays(time: Date, days: number): Date {
  const other = new Date(time);
  other.setDate(other.getDate() + days);
  return other;
}

// Consecutive items of one local day.
export function byDay<T extends { starts_at: string }>(items: T[]): { day: string; items: T[] }[] {
  const days: { day: string; items: T[] }[] = [];
  for (const item of items) {
    const name = day(item.starts_at);
    const last = days.at(-1);
    if (last?.day === name) last.items.push(item);
    else days.push({ day: name, items: [item] });
  }
  return days;
}
