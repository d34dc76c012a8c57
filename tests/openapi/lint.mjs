// Lints one OpenAPI document with Redocly's rules and says what is at fault, line by line.
import { createConfig, formatProblems, getTotals, lint } from '@redocly/openapi-core';

const config = await createConfig({
  extends: ['recommended'],
  rules: {
    // /healthz, /readyz and /metrics answer any caller: there is no wrong question to refuse.
    'operation-4xx-response': 'off',
    // The WebSocket's success is 101.
    'operation-2xx-response': 'off',
    // 405 is the router's answer on every path, and stands here for clients to know its shape.
    'no-unused-components': 'off',
    // A school hosts this itself: there is no one server URL to name.
    'no-empty-servers': 'off',
    'no-server-example.com': 'off',
  },
});
const problems = await lint({ ref: process.argv[2], config }).catch((fault) => {
  console.error(`error: ${process.argv[2]} is no YAML: ${fault.message} (line ${fault.line})`);
  process.exit(1);
});
const totals = getTotals(problems);
formatProblems(problems, { totals, maxProblems: 100, version: '1' });
console.log(`${totals.errors} errors, ${totals.warnings} warnings`);
process.exitCode = totals.errors + totals.warnings > 0 ? 1 : 0;
