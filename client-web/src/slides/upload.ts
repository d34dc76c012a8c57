// A file to the server, with how much of it is there: fetch does not tell. No DOM beyond XMLHttpRequest.
import { ApiError, type Problem } from '../api/http';

const types: Record<string, string> = {
  pdf: 'application/pdf',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  ppt: 'application/vnd.ms-powerpoint',
  odp: 'application/vnd.oasis.opendocument.presentation',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  odt: 'application/vnd.oasis.opendocument.text',
};

export function upload(token: string, lesson: string, file: File, title: string, progress: (percent: number) => void): Promise<void> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/lessons/${lesson}/slides?title=${encodeURIComponent(title)}`);
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Content-Type', types[file.name.split('.').pop()?.toLowerCase() ?? ''] ?? (file.type || 'application/octet-stream'));
    request.upload.onprogress = (event) => progress(Math.floor((event.loaded / Math.max(1, event.total)) * 100));
    request.onerror = () => failed(new ApiError('network', null));
    request.onload = () => {
      if (request.status === 201) return done();
      let problem: Problem | null = null;
      try {
        problem = JSON.parse(request.responseText) as Problem;
      } catch {
        // Not from our server.
      }
      failed(new ApiError(problem?.type.split('/').pop() ?? `http-${request.status}`, problem));
    };
    request.send(file);
  });
}
