//! Links and files of results.

strings! {
    copy_link: "Copy link", "复制链接";
    link_copied: "Link copied.", "链接已复制。";
    export_json: "Export JSON", "导出 JSON";
    export_csv: "Export CSV", "导出 CSV";
    import_results: "Import results", "导入结果";
    imported: "* from {file}, not measured here", "* 来自 {file}，非本机测量";
    exported: "exported {time}", "导出于 {time}";
}
