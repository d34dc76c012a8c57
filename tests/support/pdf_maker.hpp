// PDFs as small as they can be, good ones and bad ones, with a right table of contents (ISO 32000-1 section
// 7.5). Thread: any (pure).
#pragma once

#include <string>
#include <vector>

namespace thranio::test {

struct PdfPage {
  double width = 960, height = 540;  // points
  std::string content;               // operators
  int rotate = 0;
};

inline PdfPage words(const std::string& text) {
  return {960, 540, "0.9 0.95 1 rg 0 0 960 540 re f 0 g BT /F1 48 Tf 80 280 Td (" + text + ") Tj ET", 0};
}

// more: entries of the catalogue.
inline std::string make_pdf(const std::vector<PdfPage>& pages, const std::string& more = {}) {
  std::vector<std::string> objects{"", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
  std::string kids;
  for (const auto& page : pages) {
    const auto number = objects.size() + 1;
    kids += std::to_string(number) + " 0 R ";
    objects.push_back("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 " + std::to_string(page.width) + " " +
                      std::to_string(page.height) + "] /Rotate " + std::to_string(page.rotate) +
                      " /Resources << /Font << /F1 3 0 R >> >> /Contents " + std::to_string(number + 1) +
                      " 0 R >>");
    objects.push_back("<< /Length " + std::to_string(page.content.size()) + " >>\nstream\n" + page.content +
                      "\nendstream");
  }
  objects[0] = "<< /Type /Catalog /Pages 2 0 R " + more + " >>";
  objects[1] = "<< /Type /Pages /Kids [" + kids + "] /Count " + std::to_string(pages.size()) + " >>";
  std::string pdf = "%PDF-1.4\n";
  std::string table = "xref\n0 " + std::to_string(objects.size() + 1) + "\n0000000000 65535 f \n";
  for (size_t i = 0; i < objects.size(); ++i) {
    std::string offset = std::to_string(pdf.size());
    table += std::string(10 - offset.size(), '0') + offset + " 00000 n \n";
    pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const auto start = pdf.size();
  return pdf + table + "trailer << /Root 1 0 R /Size " + std::to_string(objects.size() + 1) +
         " >>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

// A page that draws one form a hundred thousand million times: forms within forms (a "billion laughs").
inline std::string pdf_bomb() {
  std::string pdf =
      "%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
      "2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n"
      "3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Resources << /XObject << "
      "/X 10 0 R >> >> /Contents 4 0 R >> endobj\n4 0 obj << /Length 5 >>\nstream\n/X Do\n"
      "endstream endobj\n";
  constexpr int kLevels = 11;
  for (int level = 0; level < kLevels; ++level) {
    std::string content;
    for (int i = 0; i < 10; ++i)
      content += level + 1 < kLevels ? "/X Do " : "0 0 900 500 re S ";
    pdf += std::to_string(10 + level) +
           " 0 obj << /Type /XObject /Subtype /Form /BBox [0 0 960 540] /Resources << /XObject << /X " +
           std::to_string(11 + level) + " 0 R >> >> /Length " + std::to_string(content.size()) +
           " >>\nstream\n" + content + "\nendstream endobj\n";
  }
  return pdf + "trailer << /Root 1 0 R >>\n%%EOF\n";
}

}  // namespace thranio::test
