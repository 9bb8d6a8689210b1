/**
 * The `country` and `CRIndex` numbers of ANPR messages as ISO 3166 codes, by position: twenty a row, the first is number 0. `-` is
 * reserved or no country (0 not supported, 253 "look at CRIndex", 254 not recognised). 46 and 81 both mean Turkey.
 */
const BY_NUMBER: readonly string[] = `
- CZ FR DE ES IT NL PL SK BY MD RU UA BE BG DK FI GB GR HR
HU IL LU MK NO PT RO RS AZ GE KZ LT TM UZ LV EE AL AT BA IE
IS VA MT SE CH CY TR SI ME XK AD AM MC LI SM - - - - CN
BH KR LB NP TH PK AE BT OM KP PH KH QA KG MV MY MN SA BN LA
JP TR PS TJ KW SY IN ID AF LK IQ VN IR YE JO MM IN-SK BD SG TL
- - - - EG LY SD TN DZ MA ET ER SO DJ KE TZ UG RW BI SC
TD CF CM GQ GA CG CD ST MR EH SN GM ML BF GN GW CV SL LR CI
GH TG BJ NE ZM AO ZW MW MZ BW NA ZA SZ LS MG KM MU NG SS SH
YT RE IC PT-20 PT-30 - - - - CA GL PM US BM MX GT BZ SV HN NI
CR PA BS TC CU JM KY HT DO PR VI VG AI AG MF SX BL KN MS GP
DM MQ LC VC GD BB TT CW AW AN CO VE GY SR GF EC PE BO PY CL
BR UY AR - - - - AU NZ PG SB VU NC PW FM MH MP GU NR KI
FJ TO TV WF WS AS TK NU CK PF PN US-HI - - - - TW HK MO -
`
  .trim()
  .split(/\s+/);

/** ISO 3166 alpha-3, as the plate list writes countries. */
const BY_THREE_LETTERS: ReadonlyMap<string, string> = new Map(
  `
CZ:CZE FR:FRA DE:DEU ES:ESP IT:ITA NL:NLD PL:POL SK:SVK BY:BLR MD:MDA RU:RUS UA:UKR BE:BEL BG:BGR DK:DNK
FI:FIN GB:GBR GR:GRC HR:HRV HU:HUN IL:ISR LU:LUX MK:MKD NO:NOR PT:PRT RO:ROU RS:SRB AZ:AZE GE:GEO KZ:KAZ
LT:LTU TM:TKM UZ:UZB LV:LVA EE:EST AL:ALB AT:AUT BA:BIH IE:IRL IS:ISL VA:VAT MT:MLT SE:SWE CH:CHE CY:CYP
TR:TUR SI:SVN ME:MNE AD:AND AM:ARM MC:MCO LI:LIE SM:SMR CN:CHN BH:BHR KR:KOR LB:LBN NP:NPL TH:THA PK:PAK
AE:ARE BT:BTN OM:OMN KP:PRK PH:PHL KH:KHM QA:QAT KG:KGZ MV:MDV MY:MYS MN:MNG SA:SAU BN:BRN LA:LAO JP:JPN
PS:PSE TJ:TJK KW:KWT SY:SYR IN:IND ID:IDN AF:AFG LK:LKA IQ:IRQ VN:VNM IR:IRN YE:YEM JO:JOR MM:MMR BD:BGD
SG:SGP TL:TLS EG:EGY LY:LBY SD:SDN TN:TUN DZ:DZA MA:MAR ET:ETH ER:ERI SO:SOM DJ:DJI KE:KEN TZ:TZA UG:UGA
RW:RWA BI:BDI SC:SYC TD:TCD CF:CAF CM:CMR GQ:GNQ GA:GAB CG:COG CD:COD ST:STP MR:MRT EH:ESH SN:SEN GM:GMB
ML:MLI BF:BFA GN:GIN GW:GNB CV:CPV SL:SLE LR:LBR CI:CIV GH:GHA TG:TGO BJ:BEN NE:NER ZM:ZMB AO:AGO ZW:ZWE
MW:MWI MZ:MOZ BW:BWA NA:NAM ZA:ZAF SZ:SWZ LS:LSO MG:MDG KM:COM MU:MUS NG:NGA SS:SSD SH:SHN YT:MYT RE:REU
CA:CAN GL:GRL PM:SPM US:USA BM:BMU MX:MEX GT:GTM BZ:BLZ SV:SLV HN:HND NI:NIC CR:CRI PA:PAN BS:BHS TC:TCA
CU:CUB JM:JAM KY:CYM HT:HTI DO:DOM PR:PRI VI:VIR VG:VGB AI:AIA AG:ATG MF:MAF SX:SXM BL:BLM KN:KNA MS:MSR
GP:GLP DM:DMA MQ:MTQ LC:LCA VC:VCT GD:GRD BB:BRB TT:TTO CW:CUW AW:ABW CO:COL VE:VEN GY:GUY SR:SUR GF:GUF
EC:ECU PE:PER BO:BOL PY:PRY CL:CHL BR:BRA UY:URY AR:ARG AU:AUS NZ:NZL PG:PNG SB:SLB VU:VUT NC:NCL PW:PLW
FM:FSM MH:MHL MP:MNP GU:GUM NR:NRU KI:KIR FJ:FJI TO:TON TV:TUV WF:WLF WS:WSM AS:ASM TK:TKL NU:NIU CK:COK
PF:PYF PN:PCN TW:TWN HK:HKG MO:MAC XK:XKX
`
    .trim()
    .split(/\s+/)
    .map((pair): [string, string] => [pair.slice(3), pair.slice(0, 2)]),
);

/** English names that differ from the usual ones. */
const BY_OTHER_NAME: Readonly<Record<string, string>> = {
  "united states of america": "US",
  america: "US",
  uk: "GB",
  england: "GB",
  "great britain": "GB",
  turkey: "TR",
  "czech republic": "CZ",
  macedonia: "MK",
  uae: "AE",
  korea: "KR",
  "republic of korea": "KR",
  "russian federation": "RU",
};

let byName: ReadonlyMap<string, string> | null = null;

/** English names from the runtime's own table, made on first use: one firmware in a hundred sends names. */
function namesOfCountries(): ReadonlyMap<string, string> {
  const names = new Intl.DisplayNames("en", { type: "region" });
  byName ??= new Map([
    ...[...BY_THREE_LETTERS.values()].map((code): [string, string] => [(names.of(code) ?? code).toLowerCase(), code]),
    ...Object.entries(BY_OTHER_NAME),
  ]);
  return byName;
}

/** A country as any firmware writes it (number, two or three letters, English name) to ISO 3166; null when it is none. */
export function countryToIso(text: string): string | null {
  const value = text.trim();
  if (/^\d{1,3}$/.test(value)) {
    const code = BY_NUMBER[Number(value)] ?? "-";
    return code === "-" ? null : code;
  }
  if (/^[A-Za-z]{3}$/.test(value)) return BY_THREE_LETTERS.get(value.toUpperCase()) ?? namesOfCountries().get(value.toLowerCase()) ?? null;
  if (/^[A-Za-z]{2}$/.test(value)) {
    const code = value.toUpperCase();
    return BY_NUMBER.includes(code) ? code : (namesOfCountries().get(value.toLowerCase()) ?? null);
  }
  return value.length > 60 ? null : (namesOfCountries().get(value.toLowerCase()) ?? null);
}

/** The country of an alert: `ISO-CR` where present, else `country`, which says 253 when the number only fits into `CRIndex`. */
export function regionOf(isoCountry: string, country: string, countryIndex: string): string | null {
  return countryToIso(isoCountry) ?? countryToIso(country) ?? countryToIso(countryIndex);
}
