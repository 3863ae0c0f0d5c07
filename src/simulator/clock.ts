/** Simulated time: it starts at the present and runs `speed` times as fast. */

/** Simulated time in milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** What `now` said so many real milliseconds ago. */
  ago(realMs: number): number;
  /** Simulated seconds per real second. */
  readonly speed: number;
  /** Time stays continuous: only what follows runs at the new speed. */
  setSpeed(speed: number): void;
  /** Lets simulated time pass at once. */
  advance(ms: number): void;
}

/** From `realMs` on, simulated time runs on from `simulatedMs`. */
interface Stretch {
  readonly realMs: number;
  readonly simulatedMs: number;
  readonly speed: number;
}

/** A clock that starts at the present time. */
export function createClock(initialSpeed: number): Clock {
  let latest: Stretch = { realMs: performance.now(), simulatedMs: Date.now(), speed: initialSpeed };
  const stretches = [latest];
  const read = ({ realMs, simulatedMs, speed }: Stretch, at: number): number =>
    Math.round(simulatedMs + (at - realMs) * speed);
  const now = (): number => read(latest, performance.now());
  const turn = (simulatedMs: number, speed: number): void => {
    latest = { realMs: performance.now(), simulatedMs, speed };
    stretches.push(latest);
  };
  return {
    now,
    ago(realMs) {
      const at = performance.now() - realMs;
      return read(stretches.findLast((stretch) => stretch.realMs <= at) ?? stretches[0] ?? latest, at);
    },
    get speed() {
      return latest.speed;
    },
    setSpeed: (speed) => turn(now(), speed),
    advance: (ms) => turn(now() + ms, latest.speed),
  };
}
