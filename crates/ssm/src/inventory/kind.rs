//! Types of inventory: AWS's, and those that people make up.

use super::InventoryError;
use crate::wire;

/// The name of a type that there is, or that somebody may make up.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct TypeName(Box<str>);

impl TypeName {
    const CUSTOM: &str = "Custom:";

    /// Reads a name: one of AWS's, or `Custom:` and letters, digits and `_-.`.
    ///
    /// # Errors
    ///
    /// `InvalidTypeName`.
    pub(crate) fn parse(text: &str) -> Result<TypeName, InventoryError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        let is_known = match text.strip_prefix(Self::CUSTOM) {
            Some(name) => !name.is_empty() && text.len() <= 100 && name.bytes().all(plain),
            None => Kind::find(text).is_some(),
        };
        match is_known {
            true => Ok(TypeName(text.into())),
            false => Err(InventoryError::InvalidTypeName(text.to_owned())),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one that somebody has made up.
    pub(crate) fn is_custom(&self) -> bool {
        self.0.starts_with(Self::CUSTOM)
    }

    /// Whether the server itself knows what is in it, and nobody tells it.
    pub(crate) fn is_the_servers(&self) -> bool {
        [Kind::INSTANCE_INFORMATION, Kind::TAG].contains(&self.as_str())
    }

    /// Whether its items may have a context.
    pub(crate) fn has_context(&self) -> bool {
        ["AWS:ComplianceItem", "AWS:PatchSummary"].contains(&self.as_str())
    }
}

/// A type of AWS's, with what its entries say. What is counted is marked with `#`.
//
// Source: Systems Manager User Guide, "Metadata collected by inventory".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    attributes: &'static str,
}

/// Those that agents tell of, by name.
pub(crate) const KINDS: [Kind; 14] = [
    Kind {
        name: "AWS:AWSComponent",
        version: "1.0",
        attributes: "Name ApplicationType Publisher Version InstalledTime Architecture URL",
    },
    Kind {
        name: "AWS:Application",
        version: "1.1",
        attributes: "Name ApplicationType Publisher Version Release Epoch InstalledTime Architecture URL Summary \
                     PackageId",
    },
    Kind {
        name: "AWS:BillingInfo",
        version: "1.0",
        attributes: "BillingProductId",
    },
    Kind {
        name: "AWS:ComplianceItem",
        version: "1.0",
        attributes: "ComplianceType ExecutionId ExecutionType ExecutionTime Id Title Status Severity DocumentName \
                     DocumentVersion Classification PatchBaselineId PatchSeverity PatchState PatchGroup InstalledTime \
                     DetailedText DetailedLink",
    },
    Kind {
        name: "AWS:File",
        version: "1.0",
        attributes: "Name #Size Description FileVersion InstalledDate ModificationTime LastAccessTime ProductName \
                     InstalledDir ProductLanguage CompanyName ProductVersion",
    },
    Kind {
        name: "AWS:InstanceDetailedInformation",
        version: "1.0",
        attributes: "CPUModel #CPUCores #CPUs #CPUSpeedMHz #CPUSockets CPUHyperThreadEnabled OSServicePack \
                     KernelVersion",
    },
    Kind {
        name: Kind::INSTANCE_INFORMATION,
        version: "1.0",
        attributes: "AgentType AgentVersion ComputerName InstanceId IpAddress PlatformName PlatformType \
                     PlatformVersion ResourceType InstanceStatus",
    },
    Kind {
        name: "AWS:Network",
        version: "1.0",
        attributes: "Name SubnetMask Gateway DHCPServer DNSServer MacAddress IPV4 IPV6",
    },
    Kind {
        name: "AWS:PatchSummary",
        version: "1.0",
        attributes: "PatchGroup BaselineId SnapshotId OwnerInformation #InstalledCount #InstalledOtherCount \
                     #NotApplicableCount #MissingCount #FailedCount OperationType OperationStartTime OperationEndTime",
    },
    Kind {
        name: "AWS:Service",
        version: "1.0",
        attributes: "Name DisplayName ServiceType Status DependentServices ServicesDependedOn StartType",
    },
    Kind {
        name: Kind::TAG,
        version: "1.0",
        attributes: "Key Value",
    },
    Kind {
        name: "AWS:WindowsRegistry",
        version: "1.0",
        attributes: "KeyPath ValueName ValueType Value",
    },
    Kind {
        name: "AWS:WindowsRole",
        version: "1.0",
        attributes: "Name DisplayName Path FeatureType DependsOn Description Installed InstalledState SubFeatures \
                     ServerComponentDescriptor Parent",
    },
    Kind {
        name: "AWS:WindowsUpdate",
        version: "1.0",
        attributes: "HotFixId Description InstalledTime InstalledBy",
    },
];

impl Kind {
    pub(crate) const INSTANCE_INFORMATION: &str = "AWS:InstanceInformation";
    pub(crate) const TAG: &str = "AWS:Tag";

    fn find(name: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// As GetInventorySchema prints it.
    pub(crate) fn schema(&self) -> wire::InventoryItemSchema {
        let attributes = self.attributes.split_whitespace();
        schema(self.name, self.version, attributes)
    }
}

/// A schema with attributes that are texts, or numbers if they are marked with `#`.
pub(crate) fn schema<'a>(
    name: &str,
    version: &str,
    attributes: impl Iterator<Item = &'a str>,
) -> wire::InventoryItemSchema {
    use wire::inventory_attribute_data_type as data_type;

    let attribute = |name: &str| {
        let (name, kind) = match name.strip_prefix('#') {
            Some(number) => (number, data_type::NUMBER),
            None => (name, data_type::STRING),
        };
        wire::InventoryItemAttribute {
            name: Some(name.to_owned()),
            data_type: Some(kind.to_owned()),
        }
    };
    wire::InventoryItemSchema {
        type_name: Some(name.to_owned()),
        version: Some(version.to_owned()),
        attributes: Some(attributes.map(attribute).collect()),
        display_name: Some(name.rsplit(':').next().unwrap_or_default().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_one_of_awss_or_made_up() {
        for text in ["AWS:Application", "AWS:Tag", "Custom:RackInfo", "Custom:a-b_c.d"] {
            let kind = TypeName::parse(text).unwrap();
            assert_eq!(
                (kind.as_str(), kind.is_custom()),
                (text, text.starts_with("Custom"))
            );
        }
        let long = format!("Custom:{}", "x".repeat(94));
        for text in [
            "",
            "AWS:",
            "AWS:Other",
            "Custom:",
            "Custom:a b",
            "Custom:a/b",
            "aws:Tag",
            &long,
        ] {
            let refused = InventoryError::InvalidTypeName(text.to_owned());
            assert_eq!(TypeName::parse(text), Err(refused));
        }
    }

    #[test]
    fn types_are_sorted_and_have_attributes() {
        assert!(KINDS.is_sorted_by_key(|kind| kind.name));
        for kind in KINDS {
            let schema = kind.schema();
            let attributes = schema.attributes.unwrap();
            assert!(!attributes.is_empty() && attributes.len() <= 50, "{}", kind.name);
        }
        let cores = &Kind::find("AWS:InstanceDetailedInformation").unwrap().schema();
        let cores = &cores.attributes.as_ref().unwrap()[1];
        assert_eq!(
            [&cores.name, &cores.data_type].map(|text| text.as_deref().unwrap()),
            ["CPUCores", "number"]
        );
    }
}
