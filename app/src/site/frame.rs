use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_url;

use super::ask_for_code::AskForCode;
use super::banner::Banner;
use super::context::use_visit;
use super::words::{Area, use_words};
use crate::api::SignOut;
use crate::parts::Icon;

/// How wide a page's column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Narrow,
    Wizard,
    Single,
    Full,
    Admin,
}

/// What stands around the content of every page: the bar with the organisation and the person's menu, and the foot.
#[component]
pub(crate) fn Frame(
    /// The page's title, before the product's name.
    #[prop(into)]
    title: String,
    /// How wide its column is.
    width: Width,
    /// The content.
    children: Children,
) -> impl IntoView {
    let class = match width {
        Width::Narrow => "page page--narrow",
        Width::Wizard => "page page--wizard",
        Width::Single => "page page--single",
        Width::Full => "page",
        Width::Admin => "page page--admin",
    };
    let words = use_words(Area::Frame);
    view! {
        <Title text=format!("{title} – Stepgate") />
        <a class="skip" href="#main">
            {words.say("frame.skip")}
        </a>
        {view! { <TopBar /> }.into_any()}
        {view! { <Banner /> }.into_any()}
        <main class=class id="main" tabindex="-1">
            {children()}
        </main>
        {view! { <AskForCode /> }.into_any()}
        <footer class="footer">
            <p>{words.say("frame.help")}</p>
        </footer>
    }
}

/// The bar on top. Whoever has at least given a password sees who they are and can sign out.
#[component]
fn TopBar() -> impl IntoView {
    let visit = use_visit();
    let signed_in = visit.as_ref().and_then(|visit| Some(visit.admission()?.signed_in().person.clone()));
    let user = signed_in.as_ref().map_or_else(String::new, |person| person.credential.record.user.to_string());
    let has_profile = visit.as_ref().is_some_and(|visit| visit.may_see_profile());
    let is_admin = visit.is_some_and(|visit| visit.is_admin());
    let words = use_words(Area::Frame);
    let who = signed_in.map(|person| {
        let (user, account) = (person.credential.record, person.account.record.name.to_string());
        let (name, email) = (user.name.to_string(), user.email.to_string());
        view! {
            <p class="topbar__account" title=account.clone()>
                {account.clone()}
            </p>
            {is_admin.then(|| view! { <AdminMenu /> }.into_any())}
            <details class="menu">
                <summary class="menu__button">
                    <Icon name="person" />
                    <span class="menu__name">{name.clone()}</span>
                    <Icon name="chevron" class="icon chevron" />
                </summary>
                <div class="menu__panel">
                    <p class="menu__who">
                        <strong>{name}</strong>
                        " "
                        {email}
                    </p>
                    {has_profile
                        .then(|| {
                            view! {
                                <a class="menu__item" href="/profile">
                                    {words.say("frame.profile")}
                                </a>
                            }
                        })}
                    <form method="post" action=SignOut::PATH>
                        <button class="menu__item">{words.say("frame.sign-out")}</button>
                    </form>
                </div>
            </details>
        }
    });
    view! {
        // `page.js` reads whose page it is.
        <header class="topbar" data-user=user>
            <a class="topbar__brand" href="/">
                <Icon name="stepgate" class="topbar__mark" />
                <span class=who.is_some().then_some("topbar__product")>"Stepgate"</span>
            </a>
            {who}
        </header>
    }
}

/// Where admins go.
#[component]
fn AdminMenu() -> impl IntoView {
    let words = use_words(Area::Frame);
    let here = use_url().read_untracked().path().to_owned();
    let places = [
        ("/admin/users", "frame.users"),
        ("/admin/app-center", "frame.apps"),
        ("/admin/employees/preferences", "frame.preferences"),
        ("/admin/audit", "frame.audit"),
    ];
    let places = places.map(|(to, key)| {
        view! {
            <li>
                <a class="menu__item" href=to aria-current=here.starts_with(to).then_some("page")>
                    {words.say(key)}
                </a>
            </li>
        }
    });
    view! {
        <details class="menu menu--places">
            <summary class="menu__button">
                {words.say("frame.admin")} <Icon name="chevron" class="icon chevron" />
            </summary>
            <ul class="menu__panel" role="list">
                {places.to_vec()}
            </ul>
        </details>
    }
}
