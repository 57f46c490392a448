// raptor-journey-planner: RAPTOR in TypeScript, by the paper, with a minimum at every station.
//
// Its own reader of feeds never ends on Node 20 (a stream of gtfs-stream stalls), so the tables are
// read here and handed over as its reader would. They hold no quotes.

import { readFileSync } from "node:fs";
import raptor from "raptor-journey-planner";
import { answer, date, folder, version } from "./asked.mjs";

function* rows(name) {
  const [header, ...lines] = readFileSync(`${folder}/${name}.txt`, "utf8").trim().split("\n");
  const columns = header.split(",");
  for (const line of lines) {
    const cells = line.split(",");
    yield Object.fromEntries(columns.map((column, k) => [column, cells[k]]));
  }
}

const noon = () => new Date(`${date}T12:00:00Z`); // a query changes the date it is given

async function load() {
  const clock = new raptor.TimeParser();
  const day = Number(date.replaceAll("-", ""));
  const service = new raptor.Service(day, day, Array(7).fill(true), {});
  const trips = new Map();
  for (const { trip_id, service_id } of rows("trips"))
    trips.set(trip_id, { tripId: trip_id, serviceId: service_id, stopTimes: [], service });
  for (const row of rows("stop_times"))
    trips.get(row.trip_id).stopTimes.push({
      stop: row.stop_id,
      departureTime: clock.getTime(row.departure_time),
      arrivalTime: clock.getTime(row.arrival_time),
      pickUp: row.pickup_type !== "1",
      dropOff: row.drop_off_type !== "1",
    });
  const minimum = {};
  for (const row of rows("transfers")) minimum[row.from_stop_id] = Number(row.min_transfer_time);
  const router = raptor.RaptorAlgorithmFactory.create([...trips.values()], {}, minimum, noon());
  return new raptor.DepartAfterQuery(router, new raptor.JourneyFactory(), 1);
}

function ask(query, origin, destination, depart) {
  const arrivals = query.plan(origin, destination, noon(), depart).map((one) => one.arrivalTime);
  return arrivals.length ? Math.min(...arrivals) : -1;
}

await answer(
  version("raptor-journey-planner"),
  load,
  ask,
  "it looks at pickup_type where a route is first boarded, not where a traveller joins it " +
    "further on (RaptorAlgorithm.scanRoutes), so it boards where boarding is forbidden; and it " +
    "begins looking for a train of a route at the last one found, whichever stop that was for " +
    "(RouteScanner.getTrip), so it misses trains",
);
