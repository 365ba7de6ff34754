// What happens in an engine, seen from outside: numbers for Prometheus, spans for OpenTelemetry. The library knows neither: it
// publishes on Node's diagnostics_channel, and `engine.stats()` counts.
import { subscribe } from 'node:diagnostics_channel';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { Counter, Gauge, Registry } from 'prom-client';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { createEngine, openPeer, Status, tcpServer, TofuError } from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

// --- metrics ----------------------------------------------------------------------------------------------------------

/** Exports an engine's numbers: those that it keeps are read when somebody asks, what it tells is counted as it comes. */
function exportMetrics(engine, register) {
  const registers = [register];
  const counters = [
    'messagesIn',
    'messagesOut',
    'bytesIn',
    'bytesOut',
    'framesRejected',
    'connectionsRefused',
  ];
  for (const key of counters) {
    new Counter({
      name: `rxtofu_${key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}_total`,
      help: `stats().${key}`,
      registers,
      collect() {
        this.reset();
        this.inc(engine.stats()[key]);
      },
    });
  }
  for (const key of ['channels', 'slots']) {
    new Gauge({
      name: `rxtofu_${key}`,
      help: `stats().${key}`,
      labelNames: ['state'],
      registers,
      collect() {
        for (const [state, count] of Object.entries(engine.stats()[key])) this.set({ state }, count);
      },
    });
  }
  const closed = new Counter({
    name: 'rxtofu_closed_total',
    help: 'closed channels',
    labelNames: ['status'],
    registers,
  });
  const empty = new Counter({ name: 'rxtofu_pool_empty_total', help: 'times the pool was empty', registers });
  subscribe('rxtofu:close', event => {
    if (event.engine === engine) closed.inc({ status: event.statusName });
  });
  subscribe('rxtofu:pool:empty', event => {
    if (event.engine === engine) empty.inc();
  });
}

// --- traces -----------------------------------------------------------------------------------------------------------

/** Makes each request a span, on both sides. The event of its start comes again, with its outcome, as that of its end. */
function exportTraces(tracer) {
  const spans = new WeakMap();
  subscribe('rxtofu:request:start', event => {
    const { channelNumber, direction, messageId } = event;
    const kind = direction === 'out' ? SpanKind.CLIENT : SpanKind.SERVER;
    const attributes = { 'rxtofu.channel': channelNumber, 'rxtofu.message_id': String(messageId) };
    spans.set(event, tracer.startSpan('rxtofu request', { kind, attributes }));
  });
  subscribe('rxtofu:request:end', event => {
    const span = spans.get(event);
    span?.setAttribute('rxtofu.outcome', event.outcome);
    if (event.outcome === 'failed') {
      span?.recordException(event.error);
      span?.setStatus({ code: SpanStatusCode.ERROR, message: event.error?.message });
    }
    span?.end();
  });
}

const register = new Registry();
const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);
exportTraces(trace.getTracer('rxtofu'));

// --- something to see -------------------------------------------------------------------------------------------------

const server = createEngine({ initialPoolMsgs: 4, maxPoolMsgs: 4 });
exportMetrics(server, register);
const listener = await openListener(server.createGroup(), tcpServer('127.0.0.1', 0));
const comes = firstValueFrom(listener.peers$);
const clientEngine = createEngine();
const client = await openPeer(clientEngine.createGroup(), listener.address);
const peer = await comes;

// Ten questions at once for four slots: the pool gets empty, and the others wait. One is answered with an error.
peer.respond(async request => {
  const n = Number(request.first.body.text());
  await new Promise(resolve => setImmediate(resolve));
  if (n === 7) throw new TofuError(Status.processingFailed, 'seven is not for sale');
  return String(n * n);
});
const answers = await Promise.allSettled(
  Array.from({ length: 10 }, (_, n) => lastValueFrom(client.request(String(n)))),
);
await client.bye();
await firstValueFrom(peer.closed$);

// --- what was seen ----------------------------------------------------------------------------------------------------

const text = await register.metrics();
console.log(text);
const value = line =>
  Number(
    text
      .split('\n')
      .find(one => one.startsWith(`${line} `))
      ?.split(' ')[1],
  );

check(answers.filter(({ status }) => status === 'fulfilled').length === 9, 'nine answers and one error');
check(value('rxtofu_messages_in_total') >= 12, 'a hello, ten requests and a bye came in');
check(value('rxtofu_closed_total{status="success"}') === 1, 'one channel closed, with a goodbye');
check(value('rxtofu_pool_empty_total') >= 1, 'the pool was empty');
check(value('rxtofu_slots{state="used"}') === 0, 'and nobody holds a slot now');
check(value('rxtofu_frames_rejected_total') === 0, 'every frame kept the rules');

const spans = exporter.getFinishedSpans();
const of = kind => spans.filter(span => span.kind === kind);
check(of(SpanKind.CLIENT).length === 10 && of(SpanKind.SERVER).length === 10, 'ten spans on each side');
const failed = spans.filter(span => span.status.code === SpanStatusCode.ERROR);
check(
  failed.length === 2 && failed.every(span => span.status.message === 'seven is not for sale'),
  'the error is on the span of who asked and of who answered',
);

await Promise.all([server.destroy(), clientEngine.destroy()]);
