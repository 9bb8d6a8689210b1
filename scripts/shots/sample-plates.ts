/** The cars of the sample world: who passes where, and which of them are watched. */
import type { VehicleLook } from "../demo/town/pictures/vehicle-drawing.ts";

export interface SampleCar {
  readonly plate: string;
  readonly region: string;
  readonly type: VehicleLook["type"];
  readonly color: VehicleLook["color"];
  readonly make: string | null;
}

const car = (plate: string, region: string, type: SampleCar["type"], color: SampleCar["color"], make: string | null): SampleCar => ({
  plate,
  region,
  type,
  color,
  make,
});

export const CARS: readonly SampleCar[] = [
  car("ABC123", "US-NY", "saloon", "white", "Toyota"),
  car("KLM4471", "US-NY", "SUVMPV", "black", "Honda"),
  car("HXR9082", "US-NY", "saloon", "silver", "Nissan"),
  car("W57PLK", "US-NJ", "van", "white", "Ford"),
  car("JGT2260", "US-NY", "pickupTruck", "red", "Ford"),
  car("DVB6013", "US-NY", "saloon", "deepBlue", "Subaru"),
  car("T90RSE", "US-NJ", "SUVMPV", "gray", "Jeep"),
  car("FZN7718", "US-NY", "saloon", "black", "BMW"),
  car("AV48213", "US-CT", "saloon", "green", null),
  car("LRP3355", "US-NY", "van", "gray", "Mercedes"),
  car("GHE1907", "US-NY", "SUVMPV", "white", "Kia"),
  car("CKT5540", "US-NY", "saloon", "brown", "Buick"),
];

/** Read with its B taken for an 8. */
export const MISREAD = { truth: "ABC123", read: "A8C123", at: 1 } as const;

export interface SampleCamera {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}
export interface SampleSite {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly cameras: readonly SampleCamera[];
}

const camera = (name: string, latitude: number, longitude: number): SampleCamera => ({ name, latitude, longitude });
export const SITES: readonly SampleSite[] = [
  {
    name: "Main & Maple",
    latitude: 41.1132,
    longitude: -74.0441,
    cameras: [camera("North gate", 41.1146, -74.0446), camera("South gate", 41.1119, -74.0434), camera("Parking lot", 41.1131, -74.0425)],
  },
  {
    name: "Orchard School",
    latitude: 41.1201,
    longitude: -74.0363,
    cameras: [camera("Bus lane", 41.1205, -74.0371), camera("Orchard Road", 41.1195, -74.0354)],
  },
  {
    name: "Route 59",
    latitude: 41.1067,
    longitude: -74.0309,
    cameras: [camera("Eastbound", 41.1071, -74.0296), camera("Westbound", 41.1063, -74.0324)],
  },
];
export const ZONE = "America/New_York";
