/** The promise's outcome, or a rejection after 5 seconds: a call that hangs fails its test and not the whole run. */
export async function watched<Value>(promise: Promise<Value>): Promise<Value> {
  const { promise: bark, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("the watchdog ended it: it never settled")), 5000);
  try {
    return await Promise.race([promise, bark]);
  } finally {
    clearTimeout(timer);
  }
}
