use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use app::site::TextPrices;
use axum::serve::ListenerExt;
use delivery::{Delivery, Gateways, Home, MailGateway, MailUrl, Outbox, Prices, SmsUrl, Smtp, WebhookPoster};
use domain::Country;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;
use verifier::Lane;

use crate::assets::Assets;
use crate::commands::Operator;
use crate::config::Config;
use crate::connections::Connections;
use crate::control::ControlSocket;
use crate::data_dir::DataDir;
use crate::installation::Installation;
use crate::public_url::PublicUrl;
use crate::shared::Shared;
use crate::stopping::{Signals, Stopping};
use crate::{doors, housekeeping, open_files};

/// How long requests under way may take to finish once it is time to stop. With what comes after, the process is gone
/// within 5 seconds of the signal.
const GRACE: Duration = Duration::from_millis(3500);
/// The most connections at once; each may open a file or two for the database.
const MOST_CONNECTIONS: usize = 4096;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// With a sentence for the operator, if it can't begin or has to end.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let data_dir = DataDir::create(&config.data_dir)?;
    let lock = data_dir.lock()?;
    let listener = listen(config.listen).await?;
    let public_url = Arc::new(config.public_url(listener.local_addr()?));
    let installation = Installation::open(&config, data_dir, lock).await?;
    let gateways = gateways(&config, &installation)?;
    let shared = Shared {
        text_prices: Arc::new(PricesOfGateway(Prices::of(Arc::clone(&gateways.text)))),
        verifier: Arc::clone(&installation.verifier),
        store: Arc::clone(&installation.store),
        config: Arc::new(config),
        public_url: Arc::clone(&public_url),
        assets: Arc::new(Assets::load()?),
    };
    let app = doors::router(&shared)?;

    let (stop, stopping) = Stopping::new();
    let mut workers = workers(&installation, gateways, &public_url, &stopping)?;
    let most = MOST_CONNECTIONS.min(open_files::raise_limit() / 4);
    let connections = Connections::new(listener, most).tap_io(|_| {});
    let server = axum::serve(connections, app.into_make_service_with_connect_info::<SocketAddr>());
    let mut closing = stopping;
    let mut server = tokio::spawn(server.with_graceful_shutdown(async move { closing.wait().await }).into_future());
    welcome(&shared, &installation).await?;

    let outcome = tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, "stopping");
            Ok(())
        }
        ended = &mut server => ended.map_err(anyhow::Error::from).and_then(|ended| Ok(ended?)),
        Some(ended) = workers.join_next() => {
            // None of them ends by itself: without it messages or commands would be left lying.
            ended.context("a part of the server failed").and_then(|()| bail!("a part of the server ended"))
        }
    };
    stop.now();
    let finishing = async {
        if !server.is_finished() {
            let _ = (&mut server).await;
        }
        while workers.join_next().await.is_some() {}
    };
    if timeout(GRACE, finishing).await.is_err() {
        tracing::warn!("requests that were still under way after {GRACE:?} were dropped");
        workers.abort_all();
        while workers.join_next().await.is_some() {}
    }
    outcome
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("another program listens on {address} already; stop it, or choose another --listen")
        }
        _ => anyhow::Error::new(error).context(format!("cannot listen on {address}; choose another --listen")),
    })
}

/// What texts cost, as the gateway tells pages.
struct PricesOfGateway(Arc<Prices>);

impl TextPrices for PricesOfGateway {
    fn to(&self, country: Country) -> Option<(String, String)> {
        self.0.to(country).map(|price| (price.amount, price.currency))
    }
}

/// What takes the messages: what is set, else the outbox.
fn gateways(config: &Config, installation: &Installation) -> anyhow::Result<Gateways> {
    let outbox = installation.data_dir.outbox();
    let outbox = Outbox::open(outbox.clone()).with_context(|| format!("cannot use the folder {}", outbox.display()))?;
    let outbox = Arc::new(outbox);
    let mail: Arc<dyn MailGateway> = match &config.mail_url {
        MailUrl::Outbox => outbox.clone(),
        MailUrl::Smtp(url) => Arc::new(Smtp::open(url.clone()).context("cannot send mails as STEPGATE_MAIL_URL says")?),
    };
    let text = config.sms_url.open(outbox).context("cannot send texts as STEPGATE_SMS_URL says")?;
    let webhook = WebhookPoster::new(config.webhook_private_hosts.clone()).context("cannot post events to webhooks")?;
    Ok(Gateways { mail, text, webhook: Arc::new(webhook) })
}

/// What goes on beside requests.
fn workers(
    installation: &Installation,
    gateways: Gateways,
    public_url: &Arc<PublicUrl>,
    stopping: &Stopping,
) -> anyhow::Result<JoinSet<()>> {
    let home = Home { origin: public_url.as_str().to_owned(), host: public_url.host().to_owned() };
    let socket = installation.data_dir.control_socket();
    let control = ControlSocket::bind(socket.clone())
        .with_context(|| format!("cannot make the control socket {}", socket.display()))?;
    let (store, clock) = (Arc::clone(&installation.store), Arc::clone(&installation.clock));
    let verifier = Arc::clone(&installation.verifier);
    let delivery = Delivery::new(Arc::clone(&verifier), gateways, Arc::new(home));
    let operator = Operator::new(installation, Arc::clone(public_url));

    let mut workers = JoinSet::new();
    for lane in Lane::ALL {
        let mut stopping = stopping.clone();
        workers.spawn(delivery.clone().run(lane, async move { stopping.wait().await }));
    }
    workers.spawn(housekeeping::run(store, clock, stopping.clone()));
    workers.spawn(housekeeping::audit(Arc::clone(&verifier), stopping.clone()));
    workers.spawn(housekeeping::warn(Arc::clone(&verifier), stopping.clone()));
    workers.spawn(housekeeping::reseal(verifier, stopping.clone()));
    workers.spawn(control.serve(Arc::new(operator), stopping.clone()));
    Ok(workers)
}

/// Tells the operator, on standard output, where to go.
async fn welcome(shared: &Shared, installation: &Installation) -> anyhow::Result<()> {
    let Shared { public_url, config, .. } = shared;
    if shared.assets.bundle().is_none() {
        tracing::warn!("compiled without the browser bundle: pages have no styles and no scripts (make build adds it)");
    }
    if !config.listen.ip().is_loopback() && !public_url.is_https() {
        tracing::warn!(listen = %config.listen, %public_url, "other machines reach this server, by plain http only");
    }
    let setup = match installation.verifier.issue_setup_link().await? {
        Some(token) => {
            let link = public_url.link(&format!("/setup/{}", token.reveal()));
            let note = "(The link works once, within 24 hours; each start makes a new one.)";
            format!("Create the first account: {link}\n{note}\n")
        }
        None => String::new(),
    };
    let outbox = installation.data_dir.outbox();
    let outbox = outbox.display();
    let gateways = match (&config.mail_url, &config.sms_url) {
        (MailUrl::Outbox, SmsUrl::Outbox) => format!("Messages go to {outbox}"),
        (mails, SmsUrl::Outbox) => format!("Mails go to {mails}\nTexts go to {outbox}"),
        (MailUrl::Outbox, texts) => format!("Mails go to {outbox}\nTexts go to {texts}"),
        (mails, texts) => format!("Mails go to {mails}\nTexts go to {texts}"),
    };
    let lines = format!("{gateways}\n{setup}Stepgate is ready at {public_url}\n");
    // Nobody may be reading; that is no reason not to serve.
    let _ = io::stdout().lock().write_all(lines.as_bytes());
    Ok(())
}
