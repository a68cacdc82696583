/**
 * A number as Go's `strconv.FormatFloat(v, 'g', -1, 64)` prints it, which is how Prometheus's own libraries write values:
 * shortest digits that read back the same, with an exponent below 1e-4 and from 1e+06... on up (`1.5e+06`).
 */
export function formatGoFloat(value: number): string {
  if (Number.isSafeInteger(value)) {
    if (value < 1e6 && value > -1e6) return Object.is(value, -0) ? "-0" : `${value}`;
    return formatLargeInteger(value);
  }
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return `${value}`;
  if (Number.isNaN(value)) return "NaN";
  if (magnitude === Number.POSITIVE_INFINITY) return value > 0 ? "+Inf" : "-Inf";
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** {@linkcode formatGoFloat} for OpenMetrics label values such as `le`, where whole numbers carry `.0`. */
export function formatCanonicalFloat(value: number): string {
  const text = formatGoFloat(value);
  return /[.eN]|Inf/.test(text) ? text : `${text}.0`;
}

/** `1234500` as `1.2345e+06`; cutting the decimal text is several times faster than `toExponential()`. */
function formatLargeInteger(value: number): string {
  if (value < 0) return `-${formatLargeInteger(-value)}`;
  const digits = `${value}`;
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end--;
  const exponent = `e+${digits.length <= 10 ? "0" : ""}${digits.length - 1}`;
  return end > 1 ? `${digits[0]}.${digits.slice(1, end)}${exponent}` : digits[0] + exponent;
}
