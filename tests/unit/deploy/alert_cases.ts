/** When an alert fires, and when it does not, as series of a sample a minute (promtool's notation). */
export interface AlertCase {
  alert: string;
  /** Series under which it fires. */
  bad: Record<string, string>;
  /** Series under which it does not. */
  good: Record<string, string>[];
  /** The labels that tell whom it is about; none for what is absent. */
  about: Record<string, string>;
}

const REQUESTS = "genkitd_request_duration_seconds_count";
const MODEL =
  'gen_ai_operation_name="chat",gen_ai_provider_name="gcp.gemini",gen_ai_request_model="flash",genkitd_flow="hi"';
const about = { namespace: "demo", genkitd_flow: "hi" };
const model = { gen_ai_provider_name: "gcp.gemini", gen_ai_request_model: "flash" };

/** Requests of a flow by status: how many a minute of which. */
function requests(perMinute: Record<string, number>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(perMinute).map(([status, count]) => [
      `${REQUESTS}{namespace="demo",pod="hi-1",genkitd_flow="hi",http_response_status_code="${status}"}`,
      `0+${count}x120`,
    ]),
  );
}

/** Turns of a model that all take as long as the named bucket's bound says. */
function turns(bound: string): Record<string, string> {
  const bounds = ["0.64", "20.48", "40.96", "+Inf"];
  return Object.fromEntries(bounds.map((le) => [
    `gen_ai_client_operation_duration_seconds_bucket{namespace="demo",${MODEL},le="${le}"}`,
    Number(le.replace("+Inf", "Infinity")) >= Number(bound) ? "0+60x120" : "0x120",
  ]));
}

/** Cases of each alert of deploy/components/monitoring. */
export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: "GenkitdNoLeader",
    bad: {
      'genkitd_leader{namespace="sys",pod="a"}': "0x120",
      'genkitd_leader{namespace="sys",pod="b"}': "0x120",
    },
    good: [{
      'genkitd_leader{namespace="sys",pod="a"}': "0x120",
      'genkitd_leader{namespace="sys",pod="b"}': "1x120",
    }, { 'genkitd_leader{namespace="sys",pod="a"}': "1x58 0x1 1x60" }],
    about: { namespace: "sys" },
  },
  {
    alert: "GenkitdOperatorAbsent",
    bad: { 'up{job="other"}': "1x120" },
    good: [{ 'genkitd_leader{namespace="sys",pod="a"}': "0x120" }],
    about: {},
  },
  {
    alert: "GenkitdReconcileErrors",
    bad: {
      'genkitd_reconcile_duration_seconds_count{namespace="sys",kind="Flow",result="retry"}':
        "0+12x120",
    },
    good: [{
      'genkitd_reconcile_duration_seconds_count{namespace="sys",kind="Flow",result="retry"}':
        "0+1x120",
      'genkitd_reconcile_duration_seconds_count{namespace="sys",kind="Flow",result="done"}':
        "0+600x120",
    }],
    about: { namespace: "sys", kind: "Flow" },
  },
  {
    alert: "GenkitdQueueStuck",
    bad: { 'genkitd_queue_oldest_seconds{namespace="sys",pod="a"}': "0+60x120" },
    good: [{ 'genkitd_queue_oldest_seconds{namespace="sys",pod="a"}': "200x120" }],
    about: { namespace: "sys" },
  },
  {
    alert: "GenkitdWatchRestarts",
    bad: { 'genkitd_watch_restarts_total{namespace="sys",kind="Flow",reason="410"}': "0+30x120" },
    good: [{ 'genkitd_watch_restarts_total{namespace="sys",kind="Flow",reason="410"}': "0+1x120" }],
    about: { namespace: "sys" },
  },
  {
    alert: "GenkitdServersNotReady",
    bad: { 'genkitd_objects{namespace="sys",pod="a",kind="Flow",ready="False"}': "1x120" },
    good: [
      { 'genkitd_objects{namespace="sys",pod="a",kind="Flow",ready="True"}': "40x120" },
      { 'genkitd_objects{namespace="sys",pod="a",kind="Prompt",ready="False"}': "1x120" },
    ],
    about: { namespace: "sys", kind: "Flow" },
  },
  {
    alert: "GenkitdSourcesNotReady",
    bad: { 'genkitd_objects{namespace="sys",pod="a",kind="FlowSource",ready="False"}': "1x120" },
    good: [
      { 'genkitd_objects{namespace="sys",pod="a",kind="FlowSource",ready="True"}': "1x120" },
      { 'genkitd_objects{namespace="sys",pod="a",kind="Flow",ready="False"}': "1x120" },
    ],
    about: { namespace: "sys" },
  },
  {
    alert: "GenkitdFlowErrors",
    bad: requests({ 200: 90, 502: 10 }),
    good: [requests({ 200: 99, 502: 1 }), requests({ 200: 60, 400: 20, 503: 20 })],
    about,
  },
  {
    alert: "GenkitdRequestsShed",
    bad: requests({ 200: 93, 429: 4, 503: 3 }),
    good: [requests({ 200: 99, 503: 1 }), requests({ 200: 60, 401: 20, 500: 20 })],
    about,
  },
  {
    alert: "GenkitdFlowNotServing",
    bad: {
      'genkitd_flow_serving{namespace="demo",pod="hi-1",genkitd_flow="hi"}': "0x120",
      'genkitd_flow_serving{namespace="demo",pod="hi-2",genkitd_flow="hi"}': "1x120",
    },
    good: [{
      'genkitd_flow_serving{namespace="demo",pod="hi-1",genkitd_flow="hi"}': "0x5 1x115",
    }],
    about: { ...about, pod: "hi-1" },
  },
  {
    alert: "GenkitdCircuitOpen",
    bad: { [`genkitd_model_circuit_open{namespace="demo",pod="hi-1",${MODEL}}`]: "1x120" },
    good: [{ [`genkitd_model_circuit_open{namespace="demo",pod="hi-1",${MODEL}}`]: "0x120" }],
    about: { ...about, ...model },
  },
  {
    alert: "GenkitdModelSlow",
    bad: turns("40.96"),
    good: [turns("0.64"), {}],
    about: { namespace: "demo", ...model },
  },
  {
    alert: "GenkitdSandboxRestarts",
    bad: {
      'genkitd_sandbox_restarts_total{namespace="demo",pod="hi-1",genkitd_sandbox="1"}': "0+1x120",
    },
    good: [{
      'genkitd_sandbox_restarts_total{namespace="demo",pod="hi-1",genkitd_sandbox="1"}':
        "0x50 1x70",
    }],
    about: { namespace: "demo", pod: "hi-1" },
  },
];
