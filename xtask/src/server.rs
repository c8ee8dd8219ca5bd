//! The local web server: a built site with the headers that isolate it, and a folder of checkpoints.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use tokio::runtime::Runtime;
use tower_http::services::{ServeDir, ServeFile};

use engine::weights::manifest;

use crate::build::seal;
use crate::weights;

/// What is served.
pub(crate) struct Site {
    /// The built site.
    pub(crate) dist: PathBuf,
    /// A folder of checkpoints, under `/weights-local/`.
    pub(crate) weights: Option<PathBuf>,
}

/// Sent with every response. The first two isolate the page, which gives it shared memory and fine clocks.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// A running server; dropping it ends it.
pub(crate) struct Server {
    runtime: Runtime,
    address: SocketAddr,
}

impl Server {
    /// Starts serving on 127.0.0.1 in the background; port 0 takes any free one.
    pub(crate) fn start(site: Site, port: u16) -> Result<Server> {
        let listener = bind(port)?;
        listener.set_nonblocking(true).context("cannot serve")?;
        let address = listener.local_addr().context("cannot serve")?;
        let runtime = Runtime::new().context("cannot start the server's threads")?;
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener).context("cannot serve")?
        };
        let router = router(site);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Server { runtime, address })
    }

    /// Where the site answers, with a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Blocks until the user ends the program.
    pub(crate) fn wait_for_ctrl_c(self) -> Result<()> {
        self.runtime.block_on(tokio::signal::ctrl_c()).context("cannot wait for Ctrl-C")?;
        // Browsers keep connections open; waiting for them would look like hanging.
        self.runtime.shutdown_background();
        Ok(())
    }
}

/// Says early that a port cannot be had.
pub(crate) fn check_port(port: u16) -> Result<()> {
    bind(port).map(drop)
}

fn bind(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow!("port {port} is in use; stop what listens there or choose another with --port")
        }
        io::ErrorKind::PermissionDenied => {
            anyhow!("port {port} is not allowed to this user; choose one above 1023 with --port")
        }
        _ => anyhow!("cannot listen on port {port}: {error}"),
    })
}

fn router(site: Site) -> Router {
    // The page states it, for itself; workers have that of their own response.
    let policy = fs::read_to_string(site.dist.join("index.html")).ok();
    let policy = policy.as_deref().and_then(seal::policy).and_then(|policy| policy.parse().ok());
    let files = Router::new().fallback_service(ServeDir::new(site.dist));
    let router = match site.weights {
        // No folder is an empty one: the page asks in any case, and a 404 would show in the browser's console.
        None => files.route("/weights-local/manifest.json", get(|| async { Json(no_checkpoints()) })),
        Some(dir) => files.merge(
            Router::new()
                .route("/weights-local/manifest.json", get(local_manifest))
                .route("/weights-local/{file}", get(local_checkpoint))
                .with_state(Arc::<FilePath>::from(dir)),
        ),
    };
    router.layer(middleware::from_fn_with_state(policy, add_headers))
}

fn no_checkpoints() -> serde_json::Value {
    serde_json::json!({ "version": manifest::VERSION, "checkpoints": [] })
}

async fn local_manifest(State(dir): State<Arc<FilePath>>) -> Response {
    // Reads checkpoints: too long for a thread that answers requests.
    let manifest = tokio::task::spawn_blocking(move || weights::local_manifest(&dir)).await;
    match manifest.map_err(anyhow::Error::from).flatten() {
        Ok(manifest) => Json(manifest).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
    }
}

async fn local_checkpoint(
    State(dir): State<Arc<FilePath>>,
    Path(file): Path<String>,
    request: Request,
) -> Response {
    if !is_checkpoint_name(&file) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match ServeFile::new(dir.join(file)).try_call(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Whether a request may name this file: a checkpoint directly in the folder, nothing above or below it.
fn is_checkpoint_name(file: &str) -> bool {
    file.ends_with(".safetensors") && !file.starts_with('.') && !file.contains(['/', '\\', ':', '\0'])
}

async fn add_headers(State(policy): State<Option<HeaderValue>>, request: Request, next: Next) -> Response {
    let cache = match has_content_hash(request.uri().path()) {
        true => HeaderValue::from_static("public, max-age=31536000, immutable"),
        // Kept, but asked for again each time: a page must not meet a worker of another build.
        false => HeaderValue::from_static("no-cache"),
    };
    let mut response = next.run(request).await;
    response.headers_mut().extend(HEADERS);
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    if let Some(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Whether Trunk has put the hash of its content into a file's name: `/app-0123456789abcdef_bg.wasm`.
fn has_content_hash(path: &str) -> bool {
    path.split(['-', '_', '.']).any(|part| part.len() == 16 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    const PAGE: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\" />";

    /// A site and a folder of weights, with a file beside them that nobody may read.
    struct Fixture {
        root: PathBuf,
        server: Server,
    }

    impl Fixture {
        fn new(name: &str) -> Fixture {
            let root = std::env::temp_dir().join(format!("mobilenet-lab-{name}-{}", std::process::id()));
            for (file, content) in [
                ("secret.safetensors", "secret"),
                ("dist/index.html", PAGE),
                ("dist/app-0123456789abcdef_bg.wasm", "\0asm"),
                ("dist/worker/loader.js", "0"),
                ("dist/style.css", "a{}"),
                ("dist/static/weights/manifest.json", "{}"),
                ("weights/net.safetensors", "0123456789"),
                ("weights/notes.txt", "private"),
            ] {
                let file = root.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, content).unwrap();
            }
            let site = Site { dist: root.join("dist"), weights: Some(root.join("weights")) };
            Fixture { server: Server::start(site, 0).unwrap(), root }
        }

        /// The status line, the headers in lower case, and the body.
        fn get(&self, path: &str, more: &str) -> (u16, String, String) {
            let mut stream = TcpStream::connect(self.server.address).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n")
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            (status, head.to_lowercase(), body.to_owned())
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.root);
        }
    }

    #[test]
    fn files_have_their_types_and_every_answer_isolates() {
        let site = Fixture::new("types");
        for (path, status, mime, cache) in [
            ("/", 200, "text/html", "no-cache"),
            ("/app-0123456789abcdef_bg.wasm", 200, "application/wasm", "immutable"),
            ("/worker/loader.js", 200, "text/javascript", "no-cache"),
            ("/style.css", 200, "text/css", "no-cache"),
            ("/static/weights/manifest.json", 200, "application/json", "no-cache"),
            ("/weights-local/manifest.json", 200, "application/json", "no-cache"),
            ("/weights-local/net.safetensors", 200, "application/octet-stream", "no-cache"),
            ("/nothing.html", 404, "", "no-cache"),
        ] {
            let (found, head, _) = site.get(path, "");
            assert_eq!(found, status, "{path}");
            assert!(mime.is_empty() || head.contains(&format!("content-type: {mime}")), "{path}: {head}");
            assert!(head.contains(cache), "{path}: {head}");
            assert!(head.contains("content-security-policy: default-src 'none'\r\n"), "{path}: {head}");
            assert!(head.contains("cross-origin-opener-policy: same-origin"), "{path}: {head}");
            assert!(head.contains("cross-origin-embedder-policy: require-corp"), "{path}: {head}");
            assert!(head.contains("cross-origin-resource-policy: same-origin"), "{path}: {head}");
        }
    }

    #[test]
    fn nothing_outside_the_folders_is_served() {
        let site = Fixture::new("traversal");
        for path in [
            "/../secret.safetensors",
            "/%2e%2e/secret.safetensors",
            "/static/..%2f..%2f../secret.safetensors",
            "/weights-local/../secret.safetensors",
            "/weights-local/..%2fsecret.safetensors",
            "/weights-local/%2e%2e%2fsecret.safetensors",
            "/weights-local/..%5csecret.safetensors",
            "/weights-local/notes.txt",
            "/weights-local/",
        ] {
            let (status, _, body) = site.get(path, "");
            assert_eq!(status, 404, "{path}: {body}");
            assert!(!body.contains("secret") && !body.contains("private"), "{path}: {body}");
        }
    }

    #[test]
    fn checkpoints_are_served_whole_and_in_part() {
        let site = Fixture::new("parts");
        let (status, head, body) = site.get("/weights-local/net.safetensors", "");
        assert_eq!((status, body.as_str()), (200, "0123456789"));
        assert!(head.contains("content-length: 10"), "{head}");
        let (status, _, body) = site.get("/weights-local/net.safetensors", "Range: bytes=2-4\r\n");
        assert_eq!((status, body.as_str()), (206, "234"));
    }

    #[test]
    fn a_busy_port_is_named_with_the_remedy() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let message = check_port(port).unwrap_err().to_string();
        assert!(message.contains(&port.to_string()) && message.contains("--port"), "{message}");
    }

    #[test]
    fn content_hashes() {
        assert!(has_content_hash("/main-fedcba9876543210.css"));
        assert!(has_content_hash("/app-0123456789abcdef_bg.wasm"));
        assert!(!has_content_hash("/worker/simd/worker_bg.wasm"));
        assert!(!has_content_hash("/static/0123456789abcdeg.png"));
    }
}
