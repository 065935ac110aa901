"""The words under which MLSs keep what RESO names otherwise: names and titles met in RETS systems.

They come from RETS 1.7.2's own standard names (RETS 1.7.2, chapter 11) and from the naming of the systems most
MLSs run: Paragon (`L_AskingPrice`), flexmls (`LIST_22`), Matrix (`MLSNumber`), Rapattoni and older ones (`LP`).
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field holds, as far as its type tells."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to look for.

    Attributes:
        target: our field, or RESO's where ours is made of several.
        words: names and titles, without regard to case and to what is no letter or digit; best first.
    """

    target: str
    kind: Kind
    words: tuple[str, ...]


_TEXT, _NUMBER, _DATE, _MOMENT, _FLAG = Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.MOMENT, Kind.FLAG

WANTED = (
    Wanted("listingKey", _TEXT, ("ListingKey", "Matrix Unique ID", "Internal Listing ID", "L_ListingID",
        "Listing Rid", "sysid", "Unique ID", "UID", "Listing Source Record ID", "LIST_1")),
    Wanted("mlsNumber", _TEXT, ("ListingId", "L_DisplayId", "MLS Number", "MLS #", "MLS No", "ML Number", "MLNUM",
        "MLSNUM", "LIST_NO", "Listing Number", "List Number", "LN", "LNUM", "LIST_105", "MLS Listing ID")),
    Wanted("status", _TEXT, ("MlsStatus", "ListingStatus", "Status", "L_Status", "L_StatusCatID", "STAT", "ST",
        "LIST_15", "Listing Status Code", "Current Status")),
    Wanted("price", _NUMBER, ("ListPrice", "L_AskingPrice", "Asking Price", "Listing Price", "Current Price", "LP",
        "ListPrice1", "AskPrice", "Price", "LIST_22", "L_Price", "Search Price")),
    Wanted("originalPrice", _NUMBER, ("OriginalListPrice", "L_OriginalPrice", "Original Price", "OLP", "LIST_21",
        "Original Asking Price")),
    Wanted("closePrice", _NUMBER, ("ClosePrice", "L_SoldPrice", "Sold Price", "Selling Price", "Sale Price", "SP",
        "LIST_23", "Closed Price", "SalePrice1")),
    Wanted("propertyType", _TEXT, ("PropertyType", "L_Class", "Prop Type", "Property Class", "PTYP", "PTYPE",
        "LIST_8", "Class Name")),
    Wanted("propertySubType", _TEXT, ("PropertySubType", "L_Type_", "Property Sub Type", "Sub Type", "Dwelling Type",
        "Type Of Home", "LIST_9")),
    Wanted("StreetNumber", _TEXT, ("StreetNumber", "L_AddressNumber", "House Number", "House #", "House Nbr",
        "Street #", "Street Nbr", "Address Number", "HSN", "STNO", "LIST_31")),
    Wanted("StreetDirPrefix", _TEXT, ("StreetDirPrefix", "L_AddressDirection", "Street Direction Pfx", "Street Dir",
        "Street Direction", "Compass Point", "LIST_33")),
    Wanted("StreetName", _TEXT, ("StreetName", "L_AddressStreet", "Street", "STNAME", "Address Street", "LIST_34")),
    Wanted("StreetSuffix", _TEXT, ("StreetSuffix", "Street Type", "Street Suffix", "STSUFFIX", "LIST_37")),
    Wanted("StreetDirSuffix", _TEXT, ("StreetDirSuffix", "Street Direction Sfx", "Street Post Direction",
        "Street Dir Suffix", "LIST_36")),
    Wanted("address.street", _TEXT, ("UnparsedAddress", "L_Address", "Full Address", "Street Address", "Address",
        "Property Address", "ADDR")),
    Wanted("address.unit", _TEXT, ("UnitNumber", "L_Address2", "L_AddressUnit", "Unit #", "Unit Nbr", "Unit", "Apt",
        "Apartment Number")),
    Wanted("address.city", _TEXT, ("City", "L_City", "City Name", "Town", "Municipality", "CIT", "LIST_39",
        "Post Office City")),
    Wanted("address.state", _TEXT, ("StateOrProvince", "L_State", "State", "Province", "State/Province", "STATE_ID",
        "LIST_40")),
    Wanted("address.zipCode", _TEXT, ("PostalCode", "L_Zip", "Zip", "Zip Code", "Zip 5", "Postal Code", "ZP",
        "LIST_43")),
    Wanted("address.country", _TEXT, ("Country", "L_Country", "LIST_42")),
    Wanted("address.county", _TEXT, ("CountyOrParish", "County", "L_County", "Parish", "CNTY", "LIST_41")),
    Wanted("latitude", _NUMBER, ("Latitude", "LMD_MP_Latitude", "Geo Lat", "Lat", "LIST_46")),
    Wanted("longitude", _NUMBER, ("Longitude", "LMD_MP_Longitude", "Geo Lon", "Lon", "Lng", "Long", "LIST_47")),
    Wanted("bedrooms", _NUMBER, ("BedroomsTotal", "Bedrooms", "Beds Total", "Total Bedrooms", "Beds", "BR", "BDRMS",
        "NumBedrooms", "Number of Bedrooms", "# Bedrooms", "LIST_66", "TotBed")),
    Wanted("bathrooms", _NUMBER, ("BathroomsTotalInteger", "BathroomsTotal", "Baths Total", "Bathrooms",
        "Total Bathrooms", "Total Baths", "Baths", "BTH", "NumBaths", "# Baths", "LIST_67", "TotBath")),
    Wanted("bathroomsFull", _NUMBER, ("BathroomsFull", "Baths Full", "Full Baths", "Total Full Baths", "FBTH", "FB",
        "LIST_68", "# Full Baths")),
    Wanted("bathroomsHalf", _NUMBER, ("BathroomsHalf", "Baths Half", "Half Baths", "Total Half Baths", "HBTH", "HB",
        "LIST_69", "# Half Baths")),
    Wanted("squareFeet", _NUMBER, ("LivingArea", "L_SquareFeet", "SqFt Total", "SqFt", "Square Feet", "Total SqFt",
        "Sq Ft", "Approx Sq Ft", "Total Square Feet", "Living Area SqFt", "Square Footage", "TOTSQFT", "LIST_48",
        "Finished SqFt", "Heated SqFt")),
    Wanted("lotSizeSquareFeet", _NUMBER, ("LotSizeSquareFeet", "Lot SqFt", "Lot Sq Ft", "Lot Square Feet",
        "Lot Size SqFt", "LOTSQFT")),
    Wanted("LotSizeAcres", _NUMBER, ("LotSizeAcres", "L_NumAcres", "Acres", "Lot Acres", "Acreage", "Total Acres",
        "Approx Acres", "LIST_57")),
    Wanted("yearBuilt", _NUMBER, ("YearBuilt", "Year Built", "YRBLT", "YRBUILT", "YB", "Built", "LIST_53")),
    Wanted("stories", _NUMBER, ("Stories", "StoriesTotal", "Number of Stories", "# Stories", "LIST_64")),
    Wanted("garageSpaces", _NUMBER, ("GarageSpaces", "Garage Capacity", "Garage Stalls", "# Garage Spaces",
        "Number of Garage Spaces")),
    Wanted("parkingTotal", _NUMBER, ("ParkingTotal", "Parking Spaces", "Total Parking Spaces", "# Parking Spaces")),
    Wanted("InteriorFeatures", _TEXT, ("InteriorFeatures", "Interior", "Int Features")),
    Wanted("ExteriorFeatures", _TEXT, ("ExteriorFeatures", "Exterior", "Ext Features")),
    Wanted("CommunityFeatures", _TEXT, ("CommunityFeatures", "Amenities", "Community Amenities")),
    Wanted("appliances", _TEXT, ("Appliances", "Appliances Included", "Equipment Appliances")),
    Wanted("heating", _TEXT, ("Heating", "Heat", "Heating Type", "Heating System")),
    Wanted("cooling", _TEXT, ("Cooling", "Air Conditioning", "Cooling Type", "Cooling System")),
    Wanted("view", _TEXT, ("View", "View Description", "Views", "LIST_88")),
    Wanted("poolPrivate", _FLAG, ("PoolPrivateYN", "Pool YN", "Private Pool", "Pool Y/N")),
    Wanted("associationFee", _NUMBER, ("AssociationFee", "HOA Fee", "HOA Dues", "Association Dues", "HOA Amount")),
    Wanted("associationFeeFrequency", _TEXT, ("AssociationFeeFrequency", "HOA Fee Frequency", "HOA Frequency",
        "HOA Payment Freq")),
    Wanted("taxAnnualAmount", _NUMBER, ("TaxAnnualAmount", "Taxes", "Annual Taxes", "Tax Amount", "Real Estate Taxes",
        "LIST_75")),
    Wanted("description", _TEXT, ("PublicRemarks", "LR_remarks22", "Public Remarks", "Marketing Remarks",
        "Property Description", "Internet Remarks", "Remarks Public", "LIST_78")),
    Wanted("virtualTourUrl", _TEXT, ("VirtualTourURLUnbranded", "VT_VTourURL", "Unbranded Virtual Tour",
        "UnBranded IDX Virtual Tour", "Virtual Tour URL", "Virtual Tour", "Virtual Tour Link", "VTour")),
    Wanted("listDate", _DATE, ("ListingContractDate", "ListDate", "L_ListingDate", "Listing Date", "List Date", "LD",
        "Begin Date", "LIST_10")),
    Wanted("onMarketDate", _DATE, ("OnMarketDate", "On Market Date", "Date On Market")),
    Wanted("closeDate", _DATE, ("CloseDate", "L_ClosingDate", "Closing Date", "Closed Date", "Sold Date", "Sale Date",
        "COE Date", "Settlement Date", "LIST_12")),
    Wanted("daysOnMarket", _NUMBER, ("DaysOnMarket", "L_DOM", "DOM", "Days On Market", "Market Time")),
    Wanted("agentName", _TEXT, ("ListAgentFullName", "Listing Agent Name", "Listing Member Name", "List Agent Name",
        "Listing Agent", "List Agent")),
    Wanted("ListAgentFirstName", _TEXT, ("ListAgentFirstName", "LA1_UserFirstName", "Listing Agent First Name")),
    Wanted("ListAgentLastName", _TEXT, ("ListAgentLastName", "LA1_UserLastName", "Listing Agent Last Name")),
    Wanted("agentPhone", _TEXT, ("ListAgentPreferredPhone", "ListAgentDirectPhone", "ListAgentDirectWorkPhone",
        "LA1_PhoneNumber1", "Listing Agent Phone", "Listing Member Phone", "List Agent Phone")),
    Wanted("agentEmail", _TEXT, ("ListAgentEmail", "LA1_Email", "Listing Agent Email", "Listing Member Email",
        "List Agent Email")),
    Wanted("officeName", _TEXT, ("ListOfficeName", "LO1_OrganizationName", "Listing Office Name", "List Office Name",
        "Listing Office", "List Office", "Listing Firm Name")),
    Wanted("modifiedInMlsAt", _MOMENT, ("ModificationTimestamp", "L_UpdateDate", "Matrix Modified DT",
        "Last Modified", "Modified Date", "Update Date", "Last Updated", "Date Modified", "Modification Date",
        "Last Change Timestamp", "LIST_87", "Timestamp", "Last Trans Date")),
    Wanted("PhotosChangeTimestamp", _MOMENT, ("PhotosChangeTimestamp", "PhotoModificationTimestamp",
        "L_Last_Photo_updt", "Picture Timestamp", "Photo Timestamp", "Last Photo Update", "Photo Modified",
        "LIST_134")),
    Wanted("PhotosCount", _NUMBER, ("PhotosCount", "L_PictureCount", "Photo Count", "Picture Count", "PIC Count",
        "Number of Photos", "LIST_133")),
)  # fmt: skip
"""What there is to look for, the most important first."""
