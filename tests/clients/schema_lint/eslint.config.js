// What graphql-eslint recommends for schemas, for the copy of schema/schema.graphql beside this file.
import graphql from "@graphql-eslint/eslint-plugin";

// Values that are looked at as a part of something else, and what carries lists and the outcome of mutations: they
// have no identity, so an `id` would promise what there is not.
const values = [
  "Address", "AggregatedMetrics", "DailyMetrics", "EventResult", "HeatMapCell", "InquiryOrigin", "Installation",
  "ListingMetrics", "MailSettings", "MetricsReports", "MetricsTrends", "MlsProtocol", "MlsVendor", "Money",
  "OfferedAccount", "PageInfo", "Platform", "PlatformMetrics", "PostPreview", "SettingField", "SourceMetrics",
  "SyncStatistics", "TrackingLinks", "Trend", "UserError", "Viewer",
];

export default [
  {
    files: ["schema.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema.graphql" } },
    },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      "@graphql-eslint/strict-id-in-types": [
        "error",
        { exceptions: { types: values, suffixes: ["Payload", "Connection", "Edge"] } },
      ],
    },
  },
];
