//! Which budgets a message touches.

use std::fmt;
use std::net::IpAddr;

use super::budget::Rule;
use super::key::BudgetKey;
use super::{Quota, SendRules, Sending};
use crate::domain::{ClientNetwork, PhoneNumber};

/// One budget that a message touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    /// Where it is kept.
    pub(super) key: BudgetKey,
    /// Whose it is.
    pub(super) scope: Scope,
    /// What it allows.
    pub(super) rule: Rule,
}

/// Whose budget it is. Shown to operators: no address, no whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One address or number.
    Destination,
    /// One client network.
    Client,
    /// One account.
    Account,
    /// Ten thousand adjacent numbers, by what they begin with.
    Block(String),
    /// One country.
    Country(String),
    /// Every mail.
    AllEmails,
    /// Every text message.
    AllSms,
}

impl Scope {
    /// Every kind.
    pub(super) const KINDS: [&'static str; 7] =
        ["destination", "client", "account", "block", "country", "all_emails", "all_sms"];

    /// Its kind, for metrics.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Destination => "destination",
            Self::Client => "client",
            Self::Account => "account",
            Self::Block(_) => "block",
            Self::Country(_) => "country",
            Self::AllEmails => "all_emails",
            Self::AllSms => "all_sms",
        }
    }

    /// Whether messages of everybody touch it.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Self::Country(_) | Self::AllEmails | Self::AllSms)
    }

    /// Whether an operator wants to know how much of it is used.
    pub(super) fn is_watched(&self) -> bool {
        matches!(self, Self::AllEmails | Self::AllSms)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(prefix) => write!(f, "{prefix}****"),
            Self::Country(country) => f.write_str(country),
            other => f.write_str(other.kind()),
        }
    }
}

/// The budgets of `sending` for the client at `ip`.
pub(super) fn charges(rules: &SendRules, sending: &Sending, ip: IpAddr) -> Vec<Charge> {
    let client = || {
        let quota = rules.per_client?;
        let key = BudgetKey::client(ClientNetwork::of(ip));
        Some(Charge { key, scope: Scope::Client, rule: Rule::of([quota]) })
    };
    let destination = |key| {
        let rule = Rule::of(rules.per_destination.as_slice());
        (!rule.quotas.is_empty()).then_some(Charge { key, scope: Scope::Destination, rule })
    };
    let all_emails = || Charge {
        key: BudgetKey::all_emails(),
        scope: Scope::AllEmails,
        rule: Rule::of([rules.emails]),
    };
    match sending {
        Sending::ResetRequest => client().into_iter().collect(),
        Sending::ResetLink(email) => {
            let destination = destination(BudgetKey::link(email));
            destination.into_iter().chain([all_emails()]).collect()
        }
        Sending::EmailCode(email) => {
            let destination = destination(BudgetKey::code(email));
            destination.into_iter().chain(client()).chain([all_emails()]).collect()
        }
        Sending::PhoneCode { number, account } => {
            let own = destination(BudgetKey::number(number)).into_iter().chain(client());
            let account = Charge {
                key: BudgetKey::account(*account),
                scope: Scope::Account,
                rule: Rule::of([rules.sms_per_account]),
            };
            let all = Charge {
                key: BudgetKey::all_sms(),
                scope: Scope::AllSms,
                rule: Rule::of([rules.sms]),
            };
            own.chain([account]).chain(judged(rules, number)).chain([all]).collect()
        }
    }
}

/// The budgets of a number whose verified share is watched.
pub(super) fn judged(rules: &SendRules, number: &PhoneNumber) -> [Charge; 2] {
    let judged = |quota: Quota| Rule { quotas: vec![quota], breaker: Some(rules.breaker) };
    [
        Charge {
            key: BudgetKey::block(number),
            scope: Scope::Block(number.block().to_owned()),
            rule: judged(rules.sms_per_block),
        },
        Charge {
            key: BudgetKey::country(number),
            scope: Scope::Country(number.country().to_owned()),
            rule: judged(rules.sms_per_country),
        },
    ]
}
