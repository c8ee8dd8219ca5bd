//! Taking a photo.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::MediaStream;

use super::file_button::FileButton;
use crate::camera;
use crate::state::use_lab;

/// What takes photos here: on phones and tablets their own camera app, elsewhere a view of the camera; nothing where the
/// browser offers neither. (Which of both is shown is for the style sheet to say.)
#[component]
pub(crate) fn Camera() -> impl IntoView {
    let lab = use_lab();
    let dialog = NodeRef::<html::Dialog>::new();
    let video = NodeRef::<html::Video>::new();
    let stream = StoredValue::new_local(None::<MediaStream>);
    // Times that the dialog was opened or closed: the browser may answer a visitor who has closed it meanwhile.
    let turn = StoredValue::new(0);
    // Whether the camera shows anything.
    let is_live = RwSignal::new(false);

    let open = move |_| {
        let Some(dialog) = dialog.get() else { return };
        // Refused only where it is open already.
        let _ = dialog.show_modal();
        turn.update_value(|turn| *turn += 1);
        let now = turn.get_value();
        spawn_local(async move {
            let opened = camera::open().await;
            match (opened, turn.get_value() == now) {
                (Ok(opened), true) => {
                    if let Some(video) = video.get_untracked() {
                        video.set_src_object(Some(&opened));
                    }
                    stream.set_value(Some(opened));
                }
                (Ok(opened), false) => camera::close(&opened),
                (Err(problem), true) => {
                    dialog.close();
                    lab.tell(None, problem);
                }
                (Err(_), false) => {}
            }
        });
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    // However the dialog is closed, the camera's light goes out.
    let closed = move |_| {
        turn.update_value(|turn| *turn += 1);
        is_live.set(false);
        if let Some(stream) = stream.try_update_value(Option::take).flatten() {
            camera::close(&stream);
        }
        if let Some(video) = video.get_untracked() {
            video.set_src_object(None);
        }
    };
    let take = move |_| {
        let Some(video) = video.get_untracked() else { return };
        spawn_local(async move {
            let taken = camera::take(&video).await;
            close();
            match taken {
                Some(photo) => {
                    let name = untrack(|| lab.strings()).photos.taken_photo.to_owned();
                    lab.open_files(vec![(photo, name, None)]);
                }
                None => lab.tell(None, crate::strings::problems::camera("NotReadableError")),
            }
        });
    };
    view! {
        <FileButton
            text=lab.label(|s| s.photos.take_photo)
            accept="image/*"
            class="own-camera"
            capture="environment"
            testid="camera-input"
        />
        <button
            type="button"
            class="page-camera"
            hidden=!camera::is_offered()
            data-testid="camera"
            on:click=open
        >
            {lab.t(|s| s.photos.take_photo)}
        </button>
        <dialog class="camera" node_ref=dialog aria-labelledby="camera-title" on:close=closed>
            <h2 id="camera-title">{lab.t(|s| s.photos.take_photo)}</h2>
            <video
                node_ref=video
                autoplay
                playsinline
                prop:muted=true
                data-testid="camera-view"
                aria-label=lab.t(|s| s.photos.camera_view)
                on:playing=move |_| is_live.set(true)
            ></video>
            <p role="status" class="note">
                {move || if is_live.get() { lab.strings().photos.camera_note } else { lab.strings().photos.camera_opening }}
            </p>
            <div class="buttons">
                <button
                    type="button"
                    class="primary"
                    disabled=move || !is_live.get()
                    data-testid="camera-take"
                    on:click=take
                >
                    {lab.t(|s| s.photos.take)}
                </button>
                <button type="button" data-testid="camera-close" on:click=move |_| close()>
                    {lab.t(|s| s.photos.close)}
                </button>
            </div>
        </dialog>
    }
}
