/** Simulated time: it starts at the present and runs `speed` times as fast. */

/** Simulated time in milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Simulated seconds per real second. */
  readonly speed: number;
  /** Time stays continuous: only what follows runs at the new speed. */
  setSpeed(speed: number): void;
  /** Lets simulated time pass at once. */
  advance(ms: number): void;
}

/** A clock that starts at the present time. */
export function createClock(initialSpeed: number): Clock {
  let speed = initialSpeed;
  let simulatedMs = Date.now();
  let realMs = performance.now();
  const now = (): number => Math.round(simulatedMs + (performance.now() - realMs) * speed);
  return {
    now,
    get speed() {
      return speed;
    },
    setSpeed(next) {
      simulatedMs = now();
      realMs = performance.now();
      speed = next;
    },
    advance(ms) {
      simulatedMs += ms;
    },
  };
}
