# The bot as one static program: no cgo, its own time zones, encryption in pure Go (goolm).
FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -tags goolm,timetzdata -trimpath -ldflags "-s -w" -o /out/lotse .

# Alpine for its certificates, and for wget, which the health check calls. The program needs nothing else.
FROM alpine:3.22
COPY --from=build /out/lotse /usr/local/bin/lotse
COPY --from=build /src/knowledge/lippe /usr/share/lotse/lippe
USER 65532:65532
ENV LOTSE_LISTEN=0.0.0.0:8095
EXPOSE 8095
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
	CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8095/live"]
ENTRYPOINT ["lotse"]
CMD ["serve"]
