"""The values that fields of the sandbox MLS are chosen from, as `$metadata` lists them.

Names and values are those of the RESO Data Dictionary 2.0 (https://dd.reso.org), but for MlsStatus, which is
each MLS's own.
"""

from sandbox.mls.selling import STATUSES, local_status

LOOKUPS: dict[str, tuple[str, ...]] = {
    "StandardStatus": (*STATUSES, "Delete"),
    "MlsStatus": (*(local_status(status) for status in (*STATUSES, "Delete")), "Leased"),
    "PropertyType": (
        "Business Opportunity",
        "Commercial Lease",
        "Commercial Sale",
        "Farm",
        "Land",
        "Manufactured In Park",
        "Residential",
        "Residential Income",
        "Residential Lease",
    ),
    "PropertySubType": (
        "Agriculture",
        "Apartment",
        "Condominium",
        "Duplex",
        "Farm",
        "Industrial",
        "Manufactured Home",
        "Mixed Use",
        "Office",
        "Quadruplex",
        "Ranch",
        "Retail",
        "Single Family Residence",
        "Townhouse",
        "Triplex",
        "Unimproved Land",
        "Warehouse",
    ),
    "LivingAreaUnits": ("Square Feet", "Square Meters"),
    "LotSizeUnits": ("Acres", "Square Feet", "Square Meters"),
    "LeaseTerm": ("12 Months", "24 Months", "Month To Month", "Weekly"),
    "Levels": ("One", "Two", "Three Or More", "Multi/Split"),
    "PetsAllowed": ("Cats OK", "Dogs OK", "No", "Yes"),
    "MediaCategory": (
        "Agent Photo",
        "Branded Virtual Tour",
        "Document",
        "Floor Plan",
        "Office Logo",
        "Office Photo",
        "Photo",
        "Unbranded Virtual Tour",
        "Video",
    ),
    "MediaStatus": ("Active", "Deleted", "Inactive"),
    "MediaType": ("gif", "html", "jpeg", "png"),
    "Permission": ("Agent Only", "Firm Only", "IDX", "Office Only", "Private", "Public"),
}
