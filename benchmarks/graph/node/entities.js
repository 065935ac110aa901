// What the rows mean: the plain fields that the benchmark's queries name, and what takes a moment only if asked for.
const COUNTED = ["views", "shares", "inquiries", "clicks", "likes", "comments"];

const globalId = (type, owner, key) =>
  Buffer.from(`${type}:${encodeURIComponent(owner)}:${key}`).toString("base64url");
const money = (amount, currency = "USD") => (amount === undefined ? null : { amount, currency });

function listingOf(item) {
  const data = JSON.parse(item.Data);
  const { facts } = data;
  const { street, unit, city, state, zip_code: zipCode, country, county } = facts.address ?? {};
  return {
    id: globalId("Listing", data.user_id, data.id),
    owner: data.user_id,
    key: data.id,
    mlsProvider: data.mls_provider,
    mlsNumber: facts.mls_number,
    status: data.status,
    standardStatus: facts.standard_status,
    publishable: data.publishable,
    price: money(facts.price, facts.currency),
    propertyType: facts.property_type,
    propertySubType: facts.property_sub_type,
    address: { street, unit, city, state, zipCode, country, county },
    latitude: facts.latitude,
    longitude: facts.longitude,
    bedrooms: facts.bedrooms,
    bathrooms: facts.bathrooms,
    squareFeet: facts.square_feet,
    yearBuilt: facts.year_built,
    description: facts.description,
    listDate: facts.list_date,
    agentName: facts.agent_name,
    officeName: facts.office_name,
    updatedAt: data.updated_at,
    storedPhotos: item.Photos,
  };
}

function photosOf(listing) {
  return JSON.parse(listing.storedPhotos)
    .filter((photo) => !photo.removed_at)
    .map(({ media, state = "PENDING", original_key: original }) => ({
      id: globalId("Photo", listing.owner, `${encodeURIComponent(listing.key)}:${media.key}`),
      order: media.order ?? 0,
      caption: media.caption,
      original: state === "STORED" ? original : undefined,
    }));
}

function postOf(item) {
  const data = JSON.parse(item.Data);
  return {
    id: globalId("Post", data.user_id, data.id),
    platform: data.platform,
    state: data.state,
    text: data.text,
    hashtags: data.hashtags ?? [],
    publishedAt: data.published_at,
  };
}

const nothing = () => ({ views: 0, shares: 0, inquiries: 0, clicks: 0, likes: 0, comments: 0 });

// A day is flat: `views` and its like in total, `p.<platform>.views` by platform.
function metricsOf({ from, to, days }, period) {
  const total = nothing();
  const platforms = new Map();
  for (const day of days) {
    for (const name of COUNTED) total[name] += day[name] ?? 0;
    for (const [name, count] of Object.entries(day)) {
      if (!name.startsWith("p.")) continue;
      const end = name.lastIndexOf(".");
      const platform = name.slice(2, end);
      if (!platforms.has(platform)) platforms.set(platform, nothing());
      platforms.get(platform)[name.slice(end + 1)] += count;
    }
  }
  return {
    period,
    from,
    to,
    totalViews: total.views,
    totalShares: total.shares,
    totalInquiries: total.inquiries,
    totalClicks: total.clicks,
    totalLikes: total.likes,
    totalComments: total.comments,
    conversionRate: total.views ? total.inquiries / total.views : null,
    engagementRate: engagement(total),
    platforms: [...platforms]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([platform, counts]) => ({ platform, ...counts, engagement: engagement(counts) ?? 0 })),
  };
}

function engagement({ views, shares, inquiries, clicks, likes, comments }) {
  return views ? (shares + inquiries + clicks + likes + comments) / views : null;
}

module.exports = { listingOf, metricsOf, photosOf, postOf };
