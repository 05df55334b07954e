-- How Argo CD sees an object of genkit.dev: the conditions in kstatus's sense.
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function is_true(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

-- What was said of an earlier generation is not said of this one.
local observed = status.observedGeneration
if observed == nil or obj.metadata.generation ~= observed then
  return { status = "Progressing", message = "Waiting for the operator to see this generation" }
end
if is_true("Stalled") then
  return { status = "Degraded", message = conditions.Stalled.message }
end
if is_true("Degraded") then
  return { status = "Degraded", message = conditions.Degraded.message }
end
if is_true("Ready") then
  return { status = "Healthy", message = conditions.Ready.message }
end
local why = conditions.Reconciling or conditions.Ready or {}
return { status = "Progressing", message = why.message or "Waiting to be ready" }
